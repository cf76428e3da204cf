"""The command that tells how much data a quarantine loses over time."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from airflow_mlquality.cli.arguments import moment, positive, store
from airflow_mlquality.cli.output import emit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from airflow_mlquality.quarantine import Loss

REASONS_SHOWN = 3
"""Reasons that a line names; the rest are counted."""


def add_losses(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `losses`."""
    parser.add_argument("quarantine", metavar="DAG/TASK", type=_task, help="the task that quarantines")
    parser.add_argument("--store", metavar="S", required=True, help="folder or URL where it keeps what it lost")
    parser.add_argument("--since", metavar="ISO", type=moment, help="only data of this moment or later (UTC)")
    parser.add_argument("--until", metavar="ISO", type=moment, help="only data of before this moment (UTC)")
    parser.add_argument("--last", metavar="N", type=positive, help="only the latest runs, so many")
    parser.add_argument("--format", choices=("table", "json"), default="table", help="by default table")
    parser.add_argument("--output", metavar="FILE", help="write to a file instead of standard output")
    parser.set_defaults(run=_losses)


def _task(text: str) -> tuple[str, str]:
    """Return the DAG and the task."""
    dag_id, sign, task_id = text.partition("/")
    if not (sign and dag_id and task_id):
        msg = f"{text!r} is not of the form DAG/TASK"
        raise argparse.ArgumentTypeError(msg)
    return dag_id, task_id


def _losses(arguments: argparse.Namespace) -> int:
    from airflow_mlquality.errors import StoreError

    dag_id, task_id = arguments.quarantine
    found = list(_found(arguments))
    if not found:
        raise StoreError.no_losses(f"{dag_id}/{task_id}", arguments.store)
    if arguments.format == "json":
        emit(json.dumps([_as_json(each) for each in found], indent=2), arguments.output)
    else:
        emit("\n".join(_table(f"{dag_id}/{task_id}", found)), arguments.output)
    return 0


def _found(arguments: argparse.Namespace) -> Iterator[Loss]:
    """Yield what was lost, of the moments that were asked for, the latest first."""
    from itertools import islice

    from airflow_mlquality.quarantine import losses

    kept = store(arguments.store)
    asked = (
        each
        for each in (losses(kept, *arguments.quarantine) if kept else ())
        if (arguments.since is None or each.at >= arguments.since)
        and (arguments.until is None or each.at < arguments.until)
    )
    return islice(asked, arguments.last)


def _as_json(loss: Loss) -> dict[str, Any]:
    return {
        "at": loss.at.isoformat(),
        "run_id": loss.run_id,
        "map_index": loss.map_index,
        "rows": loss.rows,
        "kept": loss.kept,
        "lost": loss.lost,
        "lost_share": loss.lost_share,
        "by_reason": dict(loss.by_reason),
        "stopped": loss.stopped,
    }


# ---- as a table ----


def _table(name: str, found: Sequence[Loss]) -> Iterator[str]:
    """Yield a headline, a line for each run, and why rows were lost in all of them."""
    from airflow_mlquality.pages.words import printable

    written = [each for each in found if not each.stopped]
    rows, lost = sum(each.rows for each in written), sum(each.lost for each in written)
    stopped = f"; {_runs(len(found) - len(written))} stopped and wrote nothing" if len(found) > len(written) else ""
    yield printable(f"{name}: {lost:,} of {rows:,} rows lost, {_share(lost, rows)}, in {_runs(len(written))}{stopped}")
    yield ""
    is_mapped = any(each.map_index >= 0 for each in found)
    lines = [("data of", *(["index"] if is_mapped else []), "rows", "lost", "share", "lost to")]
    for each in found:
        index = [str(each.map_index)] if is_mapped else []
        share = _share(each.lost, each.rows)
        lines.append((f"{each.at:%Y-%m-%d %H:%M}", *index, f"{each.rows:,}", f"{each.lost:,}", share, _why(each)))
    yield from map(printable, _aligned(lines))
    total: Counter[str] = Counter()
    for each in written:
        total.update(each.by_reason)
    if total:
        yield ""
        yield from map(printable, _aligned([("lost to", "rows", "share"), *_reasons(total, rows)]))


def _reasons(total: Mapping[str, int], rows: int) -> Iterator[tuple[str, ...]]:
    for name, count in sorted(total.items(), key=lambda each: (-each[1], each[0])):
        yield name, f"{count:,}", _share(count, rows)


def _why(loss: Loss) -> str:
    """Return the reasons of a run, the most frequent first; why it stopped comes before them."""
    ordered = sorted(loss.by_reason.items(), key=lambda each: (-each[1], each[0]))
    named = [f"{name} {count:,}" for name, count in ordered[:REASONS_SHOWN]]
    more = [f"and {len(ordered) - REASONS_SHOWN:,} more"] if len(ordered) > REASONS_SHOWN else []
    stopped = ["stopped, nothing was written"] if loss.stopped else []
    return ", ".join([*stopped, *named, *more])


def _runs(number: int) -> str:
    return "1 run" if number == 1 else f"{number:,} runs"


def _share(count: int, rows: int) -> str:
    return f"{count / rows:.3g}" if rows else "0"


def _aligned(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield lines in columns, numbers at the right and texts at the left; below the first is a rule."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    is_text = [line in ("data of", "lost to") for line in lines[0]]
    for number, line in enumerate(lines):
        cells = (
            each.ljust(width) if left else each.rjust(width)
            for each, width, left in zip(line, widths, is_text, strict=True)
        )
        yield "   ".join(cells).rstrip()
        if not number:
            yield "-" * (sum(widths) + 3 * (len(widths) - 1))
