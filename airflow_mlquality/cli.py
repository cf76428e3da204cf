"""The command line: the same gate without Airflow, for a shell, a notebook or CI.

Standard output carries the report and nothing else; what is said beside it goes to standard error. Modules are
imported where they are used, so that `mlquality --help` is quick.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.engines.settings import Settings
    from airflow_mlquality.report import Report
    from airflow_mlquality.store import Store

EXIT_CODES = {"pass": 0, "warn": 1, "fail": 2, "undecided": 3, "error": 4}
"""By the outcome of the report; infrastructure that breaks is an error too."""
ERROR = EXIT_CODES["error"]
USAGE = 64
INTERRUPTED = 130

FORMATS = ("table", "json", "junit", "html")
_SUFFIXES = {".html": "html", ".htm": "html", ".json": "json", ".xml": "junit"}
_EPILOG = "exit codes: 0 pass, 1 warn, 2 fail, 3 undecided, 4 error, 64 wrong usage or a wrong contract"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        arguments = _parser().parse_args(argv)
        return int(arguments.run(arguments))
    except SystemExit as left:  # argparse leaves after --help, --version and a usage error
        return left.code if isinstance(left.code, int) else USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return ERROR
    except Exception as broken:  # noqa: BLE001  a crash must not look like exit code 1, which means warn
        return _failed(broken)


def _failed(broken: Exception) -> int:
    """Say what went wrong; only what nobody foresaw gets a traceback."""
    from airflow_mlquality.errors import ContractError, MLQualityError, UnusableReferenceError, UsageError

    if isinstance(broken, ContractError):
        _say(str(broken))
        return USAGE
    if isinstance(broken, MLQualityError | OSError):
        _say(f"mlquality: {broken}")
        return USAGE if isinstance(broken, UsageError | UnusableReferenceError) else ERROR
    import traceback

    traceback.print_exception(broken)
    return ERROR


# ---- arguments ----


class _Parser(argparse.ArgumentParser):
    """A parser whose usage errors exit with 64, as sysexits.h has it."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


class _Version(argparse.Action):
    """Print the version, imported only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        from airflow_mlquality import __version__

        sys.stdout.write(f"mlquality {__version__}\n")
        parser.exit()


def _parser() -> _Parser:
    parser = _Parser(prog="mlquality", description="Quality gates for ML pipelines.", epilog=_EPILOG)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_check(commands.add_parser("check", help="hold a source against a contract", epilog=_EPILOG))
    _add_profile(commands.add_parser("profile", help="measure every column, to compare others with"))
    _add_report(commands.add_parser("report", help="show a stored report again"))
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
        "--source", metavar="NAME=PATH", action="append", type=_pair, default=[], dest="sources",
        help="where a source lies that the contract names; may be repeated",
    )  # fmt: skip
    parser.add_argument("--as-of", metavar="ISO", type=_moment, help="the moment for which ages are counted (UTC)")
    parser.add_argument("--store", metavar="S", help="folder or URL where the report is kept")
    parser.add_argument("--quiet", action="store_true", help="no progress and no notes on standard error")
    _add_measuring(parser)
    _add_rendering(parser)
    parser.set_defaults(run=_check)


def _add_profile(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="SOURCE", help="path, glob or URL of the rows")
    parser.add_argument("--contract", metavar="C", help="contract that declares the types of a text source")
    parser.add_argument("--name", metavar="NAME", help="name under which the store keeps it")
    parser.add_argument("--store", metavar="S", help="folder or URL where it is kept")
    parser.add_argument("--output", metavar="FILE", help="write to a file instead of standard output")
    parser.add_argument("--quiet", action="store_true", help="no progress and no notes on standard error")
    _add_measuring(parser)
    parser.set_defaults(run=_profile, parser=parser)


def _add_report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("address", metavar="ADDRESS", help="address in the store; without --store, path of a report")
    parser.add_argument("--store", metavar="S", help="folder or URL where reports are kept")
    _add_rendering(parser)
    parser.set_defaults(run=_report)


def _add_measuring(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--partition", metavar="COL=VALUE", action="append", type=_pair, default=[],
        help="look only at rows with this value; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--memory-limit", metavar="SIZE", type=_size, help="such as 2GB; beyond it the engine spills to disk"
    )
    parser.add_argument("--threads", metavar="N", type=_positive, help="how many threads measure")


def _add_rendering(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format", choices=FORMATS, help="form of the report; by default by the name of the file, else table"
    )
    parser.add_argument("--output", metavar="FILE", help="write to a file instead of standard output")


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        msg = f"{text!r} is not of the form NAME=VALUE"
        raise argparse.ArgumentTypeError(msg)
    return name, value


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        msg = f"{text!r} is no ISO 8601 time, such as 2026-11-21T06:00:00+00:00"
        raise argparse.ArgumentTypeError(msg) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _size(text: str) -> str:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?\s*[KMGT]i?B", text, re.IGNORECASE):
        msg = f"{text!r} is no size of memory, such as 2GB"
        raise argparse.ArgumentTypeError(msg)
    return text


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        msg = f"{text!r} is no whole number of at least 1"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


# ---- commands ----


def _check(arguments: argparse.Namespace) -> int:
    from airflow_mlquality.audit import audit
    from airflow_mlquality.pages.progress import ProgressBar

    store = _store(arguments.store)
    with ProgressBar("measuring", is_wanted=not arguments.quiet) as bar:
        report = audit(
            Path(arguments.contract),
            arguments.source,
            reference=arguments.reference,
            environment=arguments.environment,
            partition=dict(arguments.partition) or None,
            sources=dict(arguments.sources) or None,
            as_of=arguments.as_of,
            store=store,
            on_progress=bar,
            settings=_settings(arguments),
        )
    _render(report, arguments)
    if store:
        location = store.location(store.write_report(report))
        _note(f"report: {location}", arguments)
    return EXIT_CODES[report.outcome.value]


def _profile(arguments: argparse.Namespace) -> int:
    from airflow_mlquality.audit import take_profile
    from airflow_mlquality.pages.progress import ProgressBar

    if bool(arguments.name) != bool(arguments.store):
        arguments.parser.error("--name and --store go together: a profile is kept under a name")
    with ProgressBar("measuring", is_wanted=not arguments.quiet) as bar:
        profile = take_profile(
            arguments.source,
            contract=Path(arguments.contract) if arguments.contract else None,
            partition=dict(arguments.partition) or None,
            settings=_settings(arguments),
            on_progress=bar,
        )
    store = _store(arguments.store)
    if store:
        location = store.location(store.write_profile(arguments.name, profile))
        _note(f"profile: {location}", arguments)
    if arguments.output or not store:
        _emit(profile.dumps(), arguments.output)
    return 0


def _report(arguments: argparse.Namespace) -> int:
    from airflow_mlquality.errors import StoreError
    from airflow_mlquality.report import Report

    store = _store(arguments.store)
    try:
        if store:
            report = store.read_report(_address(store, arguments.address))
        else:
            report = Report.from_json(json.loads(Path(arguments.address).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # not there, or JSON of something else
        raise StoreError.no_report(arguments.address) from None
    _render(report, arguments)
    return 0


def _schema(arguments: argparse.Namespace) -> int:
    from airflow_mlquality.contract.json_schema import json_schema

    _emit(json.dumps(json_schema(), indent=2), arguments.output)
    return 0


def _store(root: str | None) -> Store | None:
    if root is None:
        return None
    from airflow_mlquality.store import Store

    if "://" not in root:
        return Store(root)
    from upath import UPath

    return Store(UPath(root))


def _address(store: Store, text: str) -> str:
    """Return an address, also of a location as `check` prints it."""
    root = store.location("").rstrip("/")
    return text.removeprefix(f"{root}/")


def _settings(arguments: argparse.Namespace) -> Settings:
    from airflow_mlquality.engines.settings import DEFAULT_MEMORY_LIMIT, Settings

    return Settings(memory_limit=arguments.memory_limit or DEFAULT_MEMORY_LIMIT, threads=arguments.threads)


# ---- output ----


def _render(report: Report, arguments: argparse.Namespace) -> None:
    form = arguments.format or _SUFFIXES.get(Path(arguments.output or "").suffix.lower(), "table")
    _emit(_rendered(report, form, to_terminal=not arguments.output), arguments.output)
    if arguments.output and not getattr(arguments, "quiet", False):
        _say(report.headline())


def _rendered(report: Report, form: str, *, to_terminal: bool) -> str:
    if form == "json":
        return report.dumps()
    if form == "html":
        from airflow_mlquality.pages.html import report_page

        return report_page(report)
    if form == "junit":
        from airflow_mlquality.pages.junit import report_junit

        return report_junit(report)
    from airflow_mlquality.pages.table import WIDTH, report_table

    if not (to_terminal and sys.stdout.isatty()):
        return report_table(report)
    width = shutil.get_terminal_size((WIDTH, 0)).columns
    return report_table(report, width=width, color="NO_COLOR" not in os.environ)


def _emit(text: str, output: str | None) -> None:
    if output:
        Path(output).write_text(f"{text}\n", encoding="utf-8")
        return
    try:
        _write(sys.stdout, text)
        sys.stdout.flush()
    except BrokenPipeError:  # such as `mlquality check … | head`: the reader has seen enough
        _drop_output()


def _drop_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter does not complain while it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _note(text: str, arguments: argparse.Namespace) -> None:
    if not arguments.quiet:
        _say(text)


def _say(text: str) -> None:
    from airflow_mlquality.pages.words import printable

    _write(sys.stderr, printable(text, "\n"))


def _write(stream: Any, text: str) -> None:
    """Write a line; what the encoding of the stream lacks is written out."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


if __name__ == "__main__":
    sys.exit(main())
