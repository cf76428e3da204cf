"""The command line: the same gate without Airflow, for a shell, a notebook or CI.

Standard output carries the report and nothing else; what is said beside it goes to standard error. Modules are
imported where they are used, so that `mlquality --help` is quick.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from airflow_mlquality.cli.arguments import USAGE, Parser, add_measuring, moment, pair, settings, store
from airflow_mlquality.cli.losses import add_losses
from airflow_mlquality.cli.output import drop_output, emit, note, render, say
from airflow_mlquality.cli.profiles import add_merge, add_profile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from airflow_mlquality.store import Store

EXIT_CODES = {"pass": 0, "warn": 1, "fail": 2, "undecided": 3, "error": 4}
"""By the outcome of the report; infrastructure that breaks is an error too."""
ERROR = EXIT_CODES["error"]
INTERRUPTED = 130

FORMATS = ("table", "json", "junit", "html")
_EPILOG = "exit codes: 0 pass, 1 warn, 2 fail, 3 undecided, 4 error, 64 wrong usage or a wrong contract"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        arguments = _parser().parse_args(argv)
        with _ended_by_term():
            return int(arguments.run(arguments))
    except SystemExit as left:  # argparse leaves after --help, --version and a usage error
        return left.code if isinstance(left.code, int) else USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        drop_output()
        return ERROR
    except Exception as broken:  # noqa: BLE001  a crash must not look like exit code 1, which means warn
        return _failed(broken)


@contextmanager
def _ended_by_term() -> Iterator[None]:
    """Let SIGTERM end the work as an interrupt does, so that nothing is left behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _: object) -> NoReturn:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _failed(broken: Exception) -> int:
    """Say what went wrong; only what nobody foresaw gets a traceback."""
    from airflow_mlquality.errors import ContractError, MLQualityError, UnusableReferenceError, UsageError

    if isinstance(broken, ContractError):
        say(str(broken))
        return USAGE
    if isinstance(broken, MLQualityError | OSError):
        say(f"mlquality: {broken}")
        return USAGE if isinstance(broken, UsageError | UnusableReferenceError) else ERROR
    import traceback

    traceback.print_exception(broken)
    return ERROR


# ---- arguments ----


class _Version(argparse.Action):
    """Print the version, imported only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        from airflow_mlquality import __version__

        sys.stdout.write(f"mlquality {__version__}\n")
        parser.exit()


def _parser() -> Parser:
    parser = Parser(prog="mlquality", description="Quality gates for ML pipelines.", epilog=_EPILOG)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_check(commands.add_parser("check", help="hold a source against a contract", epilog=_EPILOG))
    add_profile(commands.add_parser("profile", help="measure every column, to compare others with"))
    add_merge(commands.add_parser("merge", help="make the profile of a whole of those of its parts, without rows"))
    _add_report(commands.add_parser("report", help="show a stored report again"))
    add_losses(commands.add_parser("losses", help="tell how much data a quarantine loses over time, and to what"))
    schema = commands.add_parser("schema", help="print the JSON Schema of a contract, for editors")
    schema.add_argument("--output", metavar="FILE", help="write to a file instead of standard output")
    schema.set_defaults(run=_schema)
    return parser


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("contract", metavar="CONTRACT", help="path of the contract")
    parser.add_argument("source", metavar="SOURCE", help="path, glob or URL of the rows")
    parser.add_argument(
        "--reference", metavar="R", help="what drift is measured against: a profile, its name in the store, or rows"
    )
    parser.add_argument("--environment", metavar="E", default="", help="environment of the contract, such as serve")
    parser.add_argument(
        "--source", metavar="NAME=PATH", action="append", type=pair, default=[], dest="sources",
        help="where a source lies that the contract names; may be repeated",
    )  # fmt: skip
    parser.add_argument("--as-of", metavar="ISO", type=moment, help="the moment for which ages are counted (UTC)")
    parser.add_argument("--store", metavar="S", help="folder or URL where the report is kept")
    parser.add_argument("--quiet", action="store_true", help="no progress and no notes on standard error")
    parser.add_argument(
        "--whole-profile", action="store_true",
        help="take the facts of every column in the same scan, so that the report can serve as a reference",
    )  # fmt: skip
    add_measuring(parser)
    _add_rendering(parser)
    parser.set_defaults(run=_check)


def _add_report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("address", metavar="ADDRESS", help="address in the store; without --store, path of a report")
    parser.add_argument("--store", metavar="S", help="folder or URL where reports are kept")
    _add_rendering(parser)
    parser.set_defaults(run=_report)


def _add_rendering(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format", choices=FORMATS, help="form of the report; by default by the name of the file, else table"
    )
    parser.add_argument("--output", metavar="FILE", help="write to a file instead of standard output")


# ---- commands ----


def _check(arguments: argparse.Namespace) -> int:
    from airflow_mlquality.audit import audit
    from airflow_mlquality.pages.progress import ProgressBar

    kept = store(arguments.store)
    with ProgressBar("measuring", is_wanted=not arguments.quiet) as bar:
        report = audit(
            Path(arguments.contract),
            arguments.source,
            reference=arguments.reference,
            environment=arguments.environment,
            partition=dict(arguments.partition) or None,
            sources=dict(arguments.sources) or None,
            as_of=arguments.as_of,
            store=kept,
            on_progress=bar,
            whole_profile=arguments.whole_profile,
            settings=settings(arguments),
        )
    render(report, arguments)
    if kept:
        location = kept.location(kept.write_report(report))
        note(f"report: {location}", arguments)
    return EXIT_CODES[report.outcome.value]


def _report(arguments: argparse.Namespace) -> int:
    from airflow_mlquality.errors import StoreError
    from airflow_mlquality.report import Report

    kept = store(arguments.store)
    try:
        if kept:
            report = kept.read_report(_address(kept, arguments.address))
        else:
            report = Report.from_json(json.loads(Path(arguments.address).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # not there, or JSON of something else
        raise StoreError.no_report(arguments.address) from None
    render(report, arguments)
    return 0


def _schema(arguments: argparse.Namespace) -> int:
    from airflow_mlquality.contract.json_schema import json_schema

    emit(json.dumps(json_schema(), indent=2), arguments.output)
    return 0


def _address(kept: Store, text: str) -> str:
    """Return an address, also of a location as `check` prints it."""
    root = kept.location("").rstrip("/")
    return text.removeprefix(f"{root}/")


if __name__ == "__main__":
    sys.exit(main())
