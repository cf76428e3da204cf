"""Whether all of a source was read: parts that are broken are told by a verdict, and the rest is measured."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from airflow_mlquality.errors import BrokenFilesError, cut, listed
from airflow_mlquality.measurements.counts import STAGE
from airflow_mlquality.verdict import Example, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from airflow_mlquality.engines.engine import Engine, Reading, Table

Taken = TypeVar("Taken")

EXAMPLES = 5
MOST_TOLD = 50
"""Files in the evidence of a verdict; the others are counted."""
ADVICE = "see whether their writer finished and still writes what it did, deliver them again, and run the gate again"


def measured(engine: Engine, source: Any, reading: Reading, take: Callable[[Table], Taken]) -> Taken:
    """Return what is taken of a source; where files turn out to be broken meanwhile, it is taken again without them.

    Once only: each file was read by itself then, so that a second failure has another cause.
    """
    try:
        return take(engine.open(STAGE, source, reading))
    except BrokenFilesError:
        return take(engine.open(STAGE, source, reading))


def files_verdict(table: Table, runbook: str | None, what: str = "source") -> Verdict | None:
    """Return what is to be said about the files of a source, or nothing.

    It fails where files could not be read, or have a column of another type than most: that is bad data, and no
    matter of infrastructure. Columns that some files lack are fine, and told.

    Parameters
    ----------
    what
        Whose files: of the source, or of the reference.
    """
    bad = {**table.odd, **table.broken}
    if not bad and not table.lacking:
        return None
    reasons = [each for each in (_broken(table), _odd(table), _lacking(table)) if each]
    return Verdict(
        id=f"{what}.files",
        check="files",
        family="schema",
        place=what,
        outcome=Outcome.FAIL if bad else Outcome.PASS,
        reason="; ".join(reasons),
        observed=len(bad),
        unit="files",
        fail=0,
        advice=ADVICE if bad else "",
        evidence={
            "files": table.parts,
            "left_out": dict(islice(table.broken.items(), MOST_TOLD)),
            "of_other_type": dict(islice(table.odd.items(), MOST_TOLD)),
            "lacking": dict(islice(table.lacking.items(), MOST_TOLD)),
        },
        examples=tuple(Example(seen_from(table.label, file), values={"reason": why}) for file, why in _first(bad)),
        runbook=runbook,
    )


def _first(bad: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(bad.items())[:EXAMPLES]


def _broken(table: Table) -> str:
    if not table.broken:
        return ""
    shown = {seen_from(table.label, file): why for file, why in table.broken.items()}
    count = len(shown)
    return f"{count:,} of {_files(table.parts)} cannot be read and {_is(count)} left out: {listed(shown)}"


def _odd(table: Table) -> str:
    if not table.odd:
        return ""
    shown = {seen_from(table.label, file): why for file, why in table.odd.items()}
    verb = "has" if len(shown) == 1 else "have"
    return f"{len(shown):,} of {_files(table.parts)} {verb} a column of another type, read as text: {listed(shown)}"


def _lacking(table: Table) -> str:
    shown = ", ".join(f"'{cut(name)}' in {count:,}" for name, count in islice(table.lacking.items(), EXAMPLES))
    more = f", and {len(table.lacking) - EXAMPLES:,} more columns" if len(table.lacking) > EXAMPLES else ""
    return f"columns that some of {_files(table.parts)} lack are NULL there: {shown}{more}" if shown else ""


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def seen_from(label: str, file: str) -> str:
    """Return a file's path as seen from its source, which the report names.

    >>> seen_from("/data/day=*/*.csv", "/data/day=1/a.csv"), seen_from("/data/a.csv", "/data/a.csv")
    ('day=1/a.csv', 'a.csv')
    """
    base = (label.partition("://")[2] or label).strip("/")
    path = (file.partition("://")[2] or file).lstrip("/")
    if path.startswith(f"{base}/"):
        return path.removeprefix(f"{base}/")
    folder = base.partition("*")[0].partition("?")[0].partition("[")[0].rpartition("/")[0]
    return path.removeprefix(f"{folder}/") if folder else path
