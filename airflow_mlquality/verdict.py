"""A check's conclusion: pass, warn, fail, undecided or error, with what it observed and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Outcome(StrEnum):
    """What a check concludes, mildest first: pass < undecided < warn < fail < error."""

    PASS = "pass"
    UNDECIDED = "undecided"
    WARN = "warn"
    FAIL = "fail"
    ERROR = "error"

    @property
    def severity(self) -> int:
        """Its place in the order."""
        return list(Outcome).index(self)


class Cause(StrEnum):
    """Why a check is undecided."""

    NO_DATA = "no_data"
    NO_REFERENCE = "no_reference"
    TOO_SMALL = "too_small"
    MISSING_COLUMN = "missing_column"
    WRONG_TYPE = "wrong_type"


Level = float | tuple[float | None, float | None]
"""A bound: the largest allowed number, or an inside range whose open side is None."""


@dataclass(frozen=True)
class Example:
    """Where one violating row lies, and its values as the contract allows to show them.

    Parameters
    ----------
    where
        File and row number, as far as the source has them.
    key
        Key columns, each redacted unless its samples are allowed.
    values
        The columns that the check is about, each redacted unless its samples are allowed.
    """

    where: str
    key: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return one line for a log."""
        shown = [f"{name}={value}" for name, value in {**self.key, **self.values}.items()]
        return f"{self.where}: {', '.join(shown)}" if self.where else ", ".join(shown)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A check's conclusion.

    Parameters
    ----------
    id
        Unique in its report, such as `age.null_share`.
    check
        Name of the check, such as `null_share`.
    family
        Family of the check, such as `completeness`.
    place
        What it is about, for people: a column, columns, or a part of the contract.
    outcome
        The conclusion.
    reason
        One sentence: quantity, place, observed number, counts, bound.
    cause
        Why it is undecided.
    observed
        The one observed number; None where there is none.
    unit
        Its unit: `share`, `rows`, `hours`, `PSI` …; a share lies in [0, 1].
    interval
        Confidence interval of an estimated number.
    warn, fail
        The bounds it was held against.
    advice
        What to do about it; empty for a pass.
    evidence
        Numbers behind the conclusion, JSON.
    examples
        Up to five violating rows.
    at
        Where the contract says it: `file:line`.
    runbook
        Where people read what to do.
    """

    id: str
    check: str
    family: str
    place: str
    outcome: Outcome
    reason: str
    cause: Cause | None = None
    observed: float | None = None
    unit: str = ""
    interval: tuple[float, float] | None = None
    warn: Level | None = None
    fail: Level | None = None
    advice: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    at: str = ""
    runbook: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object; `from_json` reads it back."""
        written = {each.name: getattr(self, each.name) for each in fields(self)}
        return {**written, "evidence": dict(self.evidence), "examples": [asdict(each) for each in self.examples]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Verdict:
        """Read what `to_json` wrote."""
        read = dict(value)
        read["outcome"] = Outcome(read["outcome"])
        read["cause"] = Cause(read["cause"]) if read["cause"] else None
        read["examples"] = tuple(Example(**example) for example in read["examples"])
        for name in ("interval", "warn", "fail"):
            read[name] = tuple(read[name]) if isinstance(read[name], list) else read[name]
        return cls(**read)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the most severe outcome; pass when there is none.

    >>> worst([Outcome.PASS, Outcome.WARN, Outcome.UNDECIDED])
    <Outcome.WARN: 'warn'>
    """
    return max(outcomes, key=lambda outcome: outcome.severity, default=Outcome.PASS)


def unreadable(what: str, reason: str, runbook: str | None) -> Verdict:
    """Return the verdict that rows could not be read: of the source, or of the reference."""
    return Verdict(
        id=what,
        check=what,
        family="schema",
        place=what,
        outcome=Outcome.ERROR,
        reason=reason,
        advice=f"see whether the {what} is there and whole, and run the gate again",
        runbook=runbook,
    )
