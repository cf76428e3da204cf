"""Columns that changed places."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, model_validator

from airflow_mlquality.checks.base import Check, Facts, Family, Scope
from airflow_mlquality.checks.levels import bound_text, outcome_of
from airflow_mlquality.checks.meaning.days import day_curves, days_asked
from airflow_mlquality.checks.meaning.spectra import curves, spectrum
from airflow_mlquality.checks.meaning.words import Words, words_asked, words_of
from airflow_mlquality.checks.sampling import is_known, looked_at, rows_seen, stage_rows
from airflow_mlquality.measurements import Column, LogicalType, Measurement, RowCount, Sampled, SampledFact, Schema
from airflow_mlquality.stats.curves import Curve, distance, noise
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.measurements import Groups
    from airflow_mlquality.profile import Profile

LEAST = 0.03
"""Two columns are told apart when each lies at least so far from its own reference."""
NEARER = 0.5
"""They changed places when exchanged they lie at most at this part of the distance."""
ERROR_RATE = 0.001
MOST_NOISE = 0.3
"""With fewer rows, chance alone moves a column further than most columns differ."""
_WORDS = (LogicalType.STRING, LogicalType.BOOLEAN, LogicalType.UUID)

Known = Curve | Words


class SwappedColumns(Check):
    """No two columns of the same kind have changed places.

    Observed is the number of pairs of which each lies far from its own reference and near to that of the other.

    Why it matters
    --------------
    A header that moved, two positions exchanged in an export: both columns keep their types, ranges overlap, nothing is
    NULL. A model reads latitude as longitude, tip as toll. Column by column it looks like two drifts of unknown cause.

    How it decides
    --------------
    By distance: Kolmogorov's between numbers and between days, total variation between categories. Days are counted
    from the middle of the column of dates that is the latest, so that a later partition lies where the earlier did. A
    pair counts as swapped when each column lies at least 0.03 from its own reference, and more than chance moves so
    many values (Massart's bound at 0.1 %), and the two distances together fall to half or less once the references are
    exchanged. Of a table of more than 200,000 rows the embedded engine looks at so many at most, from everywhere in it.
    Undecided without reference, and without two comparable columns of so many values that chance moves them by less
    than 0.3.

    Measured on gamma-distributed columns of 2,000 rows: none of 200 lies far enough from its reference by chance.

    When it misleads
    ----------------
    Columns with the same distribution cannot be told apart by it, such as the two ends of a journey: relate them to a
    third column by a `rule`. Of points in time only the day is compared: begin and end of the same day are told apart
    by a `rule`, too.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = SwappedColumns()
    >>> train = {"tip": [i % 7 for i in range(500)], "toll": [i % 7 + 20 for i in range(500)]}
    >>> print(trial(check, tip=[i % 7 for i in range(300)], toll=[i % 7 + 20 for i in range(300)], reference=train))
    pass: pairs of swapped columns are 0 (of 1 pair), within fail 0
    >>> print(trial(check, toll=[i % 7 for i in range(300)], tip=[i % 7 + 20 for i in range(300)], reference=train))
    ... # doctest: +NORMALIZE_WHITESPACE
    fail: pairs of swapped columns are 1 (of 1 pair), above fail 0; 'toll' holds what 'tip' held, and 'tip' what 'toll'
    held
    >>> print(trial(check, tip=[1], toll=[2], reference=train))
    undecided: pairs of swapped columns: 1 row is too few to tell columns apart
    >>> print(trial(check, tip=[1], toll=[2]))
    undecided: pairs of swapped columns: there is no reference yet
    """

    family: ClassVar[Family] = "meaning"
    scope: ClassVar[Scope] = "table"
    flag: ClassVar[bool] = True
    spelled: ClassVar[dict[str, str]] = {"columns": "columns_", "except": "except_"}

    reference: str | None = None
    """Name of the stored profile to compare with, or its path; an operator or a command may name another."""
    columns_: Literal["all"] | tuple[str, ...] = "all"
    """Columns to compare; by default `all` numbers, dates and categories of the source."""
    except_: tuple[str, ...] = ()
    """Columns to leave out."""
    warn: int | None = Field(default=None, ge=0)
    """Number of pairs above which it warns."""
    fail: int | None = Field(default=None, ge=0)
    """Number of pairs above which it fails; 0 when no level is given."""

    @model_validator(mode="before")
    @classmethod
    def _spelled_and_with_level(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        options: dict[str, Any] = {str(cls.spelled.get(name, name)): value for name, value in given.items()}
        if options.get("warn") is None and options.get("fail") is None:
            options["fail"] = 0
        return options

    def columns(self) -> tuple[str, ...]:
        """Return the columns that are named."""
        return () if self.columns_ == "all" else tuple(dict.fromkeys(self.columns_))

    def _chosen(self, schema: Schema) -> list[Column]:
        names = [column.name for column in schema] if self.columns_ == "all" else list(self.columns())
        return [schema[name] for name in names if name not in self.except_ and _kind(schema[name])]

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the counts of each column."""
        return (RowCount(), *(Sampled(_asked(column)) for column in self._chosen(schema)))

    # ---- how it judges ----

    def judge(self, facts: Facts) -> Verdict:
        """Compare each column with its own reference and with those of the others."""
        nothing = self._nothing(facts)
        if nothing is not None:
            return nothing
        assert facts.reference is not None  # noqa: S101  asked in _nothing
        now, before = self._known(facts.current, facts), self._known(facts.reference, facts)
        alike = [name for name in now if name in before and _comparable(now[name], before[name])]
        kinds = {name: self._sort(facts, name) for name in alike}
        pairs = [(a, b) for a, b in combinations(alike, 2) if kinds[a] == kinds[b]]
        if not pairs:
            return self.undecided(
                Cause.NO_DATA,
                f"{_QUANTITY}: there are no two columns of a kind that both hold values enough in both",
                advice="name columns that the reference has as well, or drop the check",
            )
        own = {name: _distance(now[name], before[name]) for name in alike}
        chance = {name: max(LEAST, noise(now[name].rows, before[name].rows, ERROR_RATE / len(pairs))) for name in alike}
        swapped = [
            {"columns": [a, b], "own": [own[a], own[b]], "exchanged": [crossed[0], crossed[1]]}
            for a, b in pairs
            if own[a] >= chance[a]
            and own[b] >= chance[b]
            and sum(crossed := (_distance(now[a], before[b]), _distance(now[b], before[a])))
            <= NEARER * (own[a] + own[b])
        ]
        return self._concluded(swapped, len(pairs), self._seen(facts, alike))

    @staticmethod
    def _seen(facts: Facts, names: Sequence[str]) -> tuple[SampledFact, SampledFact]:
        """Return of how many rows the reference and the table are known, in the column of which fewest are."""
        assert facts.reference is not None  # noqa: S101  asked in _nothing

        def least(profile: Profile) -> SampledFact:
            asked = [_asked(profile.schema[name]) for name in names]
            seen = [looked_at(profile, each) for each in asked if is_known(profile, each)]
            whole = SampledFact(profile.rows, profile.rows, None)
            return min([*seen, whole], key=lambda each: each.looked_at)

        return least(facts.reference), least(facts.current)

    def _concluded(self, swapped: list[dict[str, Any]], pairs: int, seen: tuple[SampledFact, SampledFact]) -> Verdict:
        reference, current = seen
        observed = len(swapped)
        outcome = outcome_of(observed, self.warn, self.fail)
        bound = bound_text(outcome, observed, self.warn, self.fail)
        of = f"of {pairs:,} pair{'' if pairs == 1 else 's'}"
        if stage_rows(reference, current):
            both = ((current.looked_at, current), (reference.looked_at, reference))
            of = f"{of}; {' rows against '.join(rows_seen(*each) for each in both)}"
        said = f"{_QUANTITY} are {observed} ({of}), {bound}"
        evidence = {"swapped": swapped, **stage_rows(reference, current)}
        fields: dict[str, Any] = {"observed": float(observed), "unit": "pairs", "evidence": evidence}
        if not swapped:
            return self.verdict(outcome, said, **fields)
        named = "; ".join(
            f"'{a}' holds what '{b}' held, and '{b}' what '{a}' held" for a, b in (each["columns"] for each in swapped)
        )
        advice = "" if outcome is Outcome.PASS else "see in which order the source writes its columns, and name them"
        return self.verdict(outcome, f"{said}; {named}", advice=advice, **fields)

    @staticmethod
    def _sort(facts: Facts, name: str) -> str:
        assert facts.reference is not None  # noqa: S101  asked in _nothing
        types = [profile.schema[name].type for profile in (facts.current, facts.reference)]
        return ", ".join("number" if each.is_number else "time" if each.is_time else "words" for each in types)

    def _nothing(self, facts: Facts) -> Verdict | None:
        if facts.current.rows == 0:
            return self.undecided(
                Cause.NO_DATA, f"{_QUANTITY}: the table has no rows", advice="find out why the stage has no rows"
            )
        if facts.reference is None:
            return self.undecided(Cause.NO_REFERENCE, f"{_QUANTITY}: there is no reference yet", advice=_TAKE)
        if facts.reference.rows == 0:
            return self.undecided(Cause.NO_DATA, f"{_QUANTITY}: the reference has no rows", advice=_TAKE)
        rows = min(facts.current.rows, facts.reference.rows)
        if noise(facts.current.rows, facts.reference.rows, ERROR_RATE) > MOST_NOISE:
            return self.undecided(
                Cause.TOO_SMALL,
                f"{_QUANTITY}: {rows:,} row{' is' if rows == 1 else 's are'} too few to tell columns apart",
                advice="compare more rows at once, such as a longer partition",
            )
        return None

    def _known(self, profile: Profile, facts: Facts) -> dict[str, Known]:
        """Return what is known of the distribution of each column, where it has values."""
        chosen = [column.name for column in self._chosen(facts.current.schema)]
        found: dict[str, Known] = dict(day_curves(profile, chosen))
        for column in self._chosen(facts.current.schema):
            if column.name not in profile.schema:
                continue
            here = profile.schema[column.name]
            if here.type.is_number:
                curve = (curves(profile, here, zeros=True) or {}).get("")
                if curve is not None and curve.rows:
                    found[column.name] = curve
            elif here.type in _WORDS:
                words = words_of(profile, column.name)
                if words is not None and words.rows and not words.others:
                    found[column.name] = words
        return found


def _kind(column: Column) -> bool:
    return column.type.is_number or column.type.is_time or column.type in _WORDS


def _asked(column: Column) -> Groups:
    """Return what tells the distribution of a column."""
    if column.type.is_time:
        return days_asked(column)
    return spectrum(column) if column.type.is_number else words_asked(column.name)


def _comparable(one: Known, other: Known) -> bool:
    """Return whether both are of one kind, and of so many values that chance does not move them far."""
    return type(one) is type(other) and noise(one.rows, other.rows, ERROR_RATE) <= MOST_NOISE


def _distance(one: Known, other: Known) -> float:
    if isinstance(one, Curve) and isinstance(other, Curve):
        return distance(one, other)
    if isinstance(one, Curve) or isinstance(other, Curve):
        return 1.0
    words = sorted({*one.counts, *other.counts})
    return sum(abs(one.counts.get(each, 0) / one.rows - other.counts.get(each, 0) / other.rows) for each in words) / 2


_QUANTITY = "pairs of swapped columns"
_TAKE = "give the reference as rows, as a report of this contract, or as a profile: 'mlquality profile SOURCE'"
