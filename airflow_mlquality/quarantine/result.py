"""What a quarantine found: how many rows came in, were kept and were lost, and for which reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Lost:
    """Rows that break one check.

    Parameters
    ----------
    rows
        How many do; a row that breaks several checks counts in each.
    first
        How many do and break none of the checks before it: these add up to the rows that were lost.
    """

    rows: int
    first: int


@dataclass(frozen=True, kw_only=True)
class Quarantined:
    """What became of the rows of a source.

    Parameters
    ----------
    contract, digest
        Name and content of the contract.
    source, good, bad
        Where the rows came from and went to, for people; empty for objects in memory that were returned.
    rows
        How many came in.
    kept, lost
        How many keep every check, and how many break some; together they are all. Before a stop: how many would be.
    reasons
        By the id of each check that was used, in the order of the contract.
    not_used
        Checks that single rows do not show, and why.
    ceiling
        The share of lost rows above which nothing is written.
    stopped
        Why nothing was written; empty when all was.
    good_rows, bad_rows
        The rows themselves, where the source was in memory and no place to write to was given.
    """

    contract: str
    digest: str
    source: str
    good: str = ""
    bad: str = ""
    rows: int = 0
    kept: int = 0
    lost: int = 0
    reasons: Mapping[str, Lost] = field(default_factory=dict)
    not_used: Mapping[str, str] = field(default_factory=dict)
    ceiling: float = 1.0
    stopped: str = ""
    good_rows: Any = field(default=None, repr=False, compare=False)
    bad_rows: Any = field(default=None, repr=False, compare=False)

    @property
    def lost_share(self) -> float:
        """Share of the rows that were lost; 0 of no rows."""
        return self.lost / self.rows if self.rows else 0.0

    @property
    def lost_by_reason(self) -> dict[str, int]:
        """Rows by the first check that they break; they add up to the rows that were lost."""
        return {name: each.first for name, each in self.reasons.items() if each.first}

    def headline(self) -> str:
        """Return one line.

        >>> Quarantined(contract="orders", digest="", source="", rows=1000, kept=990, lost=10).headline()
        'orders: 990 of 1,000 rows kept, 10 lost (1.00 %)'
        """
        counted = f"{self.kept:,} of {self.rows:,} rows kept, {self.lost:,} lost ({100 * self.lost_share:.2f} %)"
        return f"{self.contract}: stopped: {self.stopped}" if self.stopped else f"{self.contract}: {counted}"

    def table(self) -> str:
        """Return the losses by check as text that aligns, the most frequent first.

        >>> lost = {"age.between": Lost(rows=3, first=3), "sex.accepted_values": Lost(rows=2, first=1)}
        >>> print(Quarantined(contract="", digest="", source="", rows=9, kept=5, lost=4, reasons=lost).table())
        rows  first  lost by
           3      3  age.between
           2      1  sex.accepted_values
        """
        found = sorted(
            ((each.rows, each.first, name) for name, each in self.reasons.items() if each.rows),
            key=lambda row: (-row[0], row[2]),
        )
        cells = [("rows", "first", "lost by"), *((f"{rows:,}", f"{first:,}", name) for rows, first, name in found)]
        wide, narrow = (max(len(row[place]) for row in cells) for place in (0, 1))
        return "\n".join(f"{rows:>{wide}}  {first:>{narrow}}  {name}" for rows, first, name in cells)

    def to_json(self) -> dict[str, Any]:
        """Return what travels and is kept: all but the rows."""
        return {
            "contract": self.contract,
            "digest": self.digest,
            "source": self.source,
            "good": self.good,
            "bad": self.bad,
            "rows": self.rows,
            "kept": self.kept,
            "lost": self.lost,
            "lost_share": self.lost_share,
            "reasons": {name: {"rows": each.rows, "first": each.first} for name, each in self.reasons.items()},
            "not_used": dict(self.not_used),
            "ceiling": self.ceiling,
            "stopped": self.stopped,
        }
