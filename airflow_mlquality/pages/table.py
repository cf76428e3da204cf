"""A report as text that aligns in a monospace log: the checks worst first, then the reasons."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from airflow_mlquality.checks.levels import level_text
from airflow_mlquality.pages.words import counts_text, decision_text, observed_text, printable
from airflow_mlquality.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console
    from rich.table import Table

    from airflow_mlquality.report import Report
    from airflow_mlquality.verdict import Verdict

WIDTH = 120
PASSES_SHOWN = 20
"""Checks that pass beyond these are named, not listed."""
NAMES_SHOWN = 40
"""Checks that pass beyond these are counted, not named."""
NARROWEST = 40

_STYLES = {"pass": "green", "undecided": "cyan", "warn": "yellow", "fail": "red", "error": "magenta"}


def report_table(report: Report, *, width: int = WIDTH, color: bool = False) -> str:
    """Return a report as text, without a line break at its end.

    Parameters
    ----------
    report
        What to show.
    width
        Longest line, in characters.
    color
        Whether to colour with ANSI codes.
    """
    console = _console(max(width, NARROWEST), color=color)
    console.print(printable(report.headline()), style=f"bold {_STYLES[report.outcome.value]}")
    for label, text in _heading(report):
        console.print(f"{label:<10}{text}")
    verdicts = report.worst_first()
    bad = [verdict for verdict in verdicts if verdict.outcome is not Outcome.PASS]
    passes = verdicts[len(bad) :]
    if verdicts:
        console.print()
        console.print(_checks([*bad, *passes[:PASSES_SHOWN]]))
    if len(passes) > PASSES_SHOWN:
        console.print(_named(passes[PASSES_SHOWN:]))
    if bad:
        console.print("\nWhy", style="bold")
        for verdict in bad:
            _print_reason(console, verdict)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]  # the file is the StringIO given
    return "\n".join(line.rstrip() for line in lines)


def _console(width: int, *, color: bool) -> Console:
    from rich.console import Console

    return Console(
        file=StringIO(),
        width=width,
        force_terminal=color,
        force_jupyter=False,
        force_interactive=False,
        color_system="standard" if color else None,
        no_color=not color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )


def _heading(report: Report) -> Iterator[tuple[str, str]]:
    yield "source", printable(report.profile.source)
    if report.reference:
        rows = report.reference.rows
        counted = f"{rows:,} row{'' if rows == 1 else 's'}"
        yield "reference", printable(f"{report.reference.name}, {counted}, taken {report.reference.taken_at}")
    if report.decision.because:
        yield "decision", decision_text(report)
    if report.decision.without_evidence:
        names = report.decision.without_evidence
        shown = ", ".join(printable(name) for name in names[:5])
        more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""  # noqa: PLR2004  five names fit a line
        yield "goes on", f"without evidence from {shown}{more}"


def _checks(verdicts: Sequence[Verdict]) -> Table:
    from rich.box import Box
    from rich.table import Table
    from rich.text import Text

    head_rule_only = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
    table = Table(box=head_rule_only, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("outcome", no_wrap=True)
    table.add_column("check", overflow="fold")
    for heading in ("observed", "warn", "fail", "counts or interval"):
        table.add_column(heading, justify="right", overflow="fold")
    for verdict in verdicts:
        cells = (observed_text(verdict), level_text(verdict.warn), level_text(verdict.fail), counts_text(verdict))
        outcome = Text(verdict.outcome.value, style=_STYLES[verdict.outcome.value])
        table.add_row(outcome, printable(verdict.id), *(printable(cell) for cell in cells))
    return table


def _named(passes: Sequence[Verdict]) -> str:
    number = len(passes)
    names = ", ".join(printable(verdict.id) for verdict in passes[:NAMES_SHOWN])
    more = f" and {number - NAMES_SHOWN:,} more" if number > NAMES_SHOWN else ""
    return f"\n{number:,} more check{' passes' if number == 1 else 's pass'}: {names}{more}"


def _print_reason(console: Console, verdict: Verdict) -> None:
    from rich.padding import Padding
    from rich.text import Text

    heading = Text(f"{verdict.outcome.value} ", style=_STYLES[verdict.outcome.value])
    console.print()
    console.print(heading.append(printable(verdict.id), style="bold" if console.is_terminal else ""))
    console.print(Padding(printable(verdict.reason), (0, 0, 0, 4)))
    for label, text in _notes(verdict):
        lines = Text(printable(text)).wrap(console, console.width - 13)
        for number, line in enumerate(lines):
            console.print(Text(f"    {label if number == 0 else '':<9}").append_text(line))


def _notes(verdict: Verdict) -> Iterator[tuple[str, str]]:
    if verdict.runbook:
        yield "runbook", verdict.runbook
    if verdict.advice:
        yield "advice", verdict.advice
    if verdict.at:
        yield "contract", verdict.at
    for number, example in enumerate(verdict.examples):
        yield "" if number else "examples", str(example)
