"""Vocabulary: the words that a category is written in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, model_validator

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.estimates import Estimate, EstimatedCheck
from airflow_mlquality.checks.levels import bound_text, outcome_of_interval
from airflow_mlquality.checks.meaning.words import Change, Words, words_asked, words_of
from airflow_mlquality.checks.wording import interval_text, percent, rows_text
from airflow_mlquality.measurements import LogicalType, Measurement, RowCount, Schema, Shape
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.stats.vocabularies import Match

OPEN = 0.1
"""A column is no category when more than this share of its rows hold words that nobody counts."""
NAMED = 3
"""Most words that a reason names."""


class Vocabulary(EstimatedCheck):
    """The words of a category are those of the reference: none is new, none is gone.

    Words are compared as they are written; numbers that stand for categories are words, too. Observed is the share of
    rows whose word changed: that of new words, or that of the rows which words had that are gone, whichever is larger.
    When it does not pass, the verdict proposes which new word stands for which old one.

    Why it matters
    --------------
    `N` became `No`, and every row of it is an all-zero vector to the model. The type is right, nothing is NULL, and no
    number looks odd. What is needed is not only an alarm but the mapping that puts it right.

    How it decides
    --------------
    The share has an exact binomial interval that allows for words which are rare in the reference or by chance missing
    now. Fails when all of it lies at or above `fail`, passes when it lies below; undecided otherwise, without
    reference, and on columns of very many values (`wrong_type`).

    The mapping pairs old words that lost rows with new ones such that the sum of scores is largest; a score joins
    the likeness of the text (case, spaces, punctuation, abbreviations; then Ratcliff and Obershelp's) and that of the
    frequency, and pairs below 0.5 are not proposed. Of the 100 words with most rows on each side every pair is scored,
    of long ones by their first 48 characters; of the others, those that differ only in case, spaces and punctuation. A
    word that is gone while another grew by about its rows is proposed as merged into it, unless its rows may as well be
    missing: every other word's share grew by one factor then, and not that of one word alone. Two words have no third
    that could tell, and are proposed as merged only where they are written alike. `evidence.mapping` has them as
    `{old: new}`, where the contract shows the column's values (`samples: allow`); `evidence.matches` has the support of
    each, with values masked otherwise.

    Measured on 1,000 rows of 8 words: no alarm in 400 runs without change. When all are renamed at once, another case
    is mapped rightly for 99.99 % of the rows, and codes with no letter in common, by frequency alone, for 78 %. A merge
    of two of 3 to 8 words with no letter in common is proposed in 72 to 77 % of 400 runs of 1,000 rows, and in 97 to
    99 % of 20,000; where the rows of one or two words are missing, a merge is proposed in 0.3 % at most.

    When it misleads
    ----------------
    Words of nearly equal frequency and unlike text cannot be told apart: read the scores. A category that is open by
    nature (cities, products) always has new words; give it a share, or watch it by drift.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = Vocabulary(column="paid")
    >>> train = {"paid": ["card"] * 1400 + ["cash"] * 600}
    >>> print(trial(check, paid=["card"] * 700 + ["cash"] * 300, reference=train))
    pass: share of rows with another vocabulary of 'paid' is 0 [0, 0.0046] (1,000 rows against 2,000), within fail 0.01
    >>> changed = trial(check, paid=["CARD"] * 690 + ["cash"] * 310, reference=train)
    >>> print(changed)  # doctest: +NORMALIZE_WHITESPACE
    fail: share of rows with another vocabulary of 'paid' is 0.7 [0.66, 0.73] (1,000 rows against 2,000), above fail
    0.01; 1 new, 1 gone: 'xxxx' -> 'XXXX' (renamed, score 0.91)
    >>> print(trial(check, paid=["card", "cash"], reference=train))  # doctest: +NORMALIZE_WHITESPACE
    undecided: share of rows with another vocabulary of 'paid' is 0 [0, 0.9] (2 rows against 2,000), too few to tell:
    about 460 rows would decide
    >>> print(trial(check, paid=["card"]))
    undecided: share of rows with another vocabulary of 'paid': there is no reference yet
    """

    family: ClassVar[Family] = "meaning"
    scope: ClassVar[Scope] = "column"
    flag: ClassVar[bool] = True

    reference: str | None = None
    """Name of the stored profile to compare with, or its path; an operator or a command may name another."""
    warn: float | None = Field(default=None, gt=0, le=1)
    """Share of rows whose word changed from which on it warns."""
    fail: float | None = Field(default=None, gt=0, le=1)
    """Share of rows whose word changed from which on it fails; 0.01 when no level is given."""

    @model_validator(mode="before")
    @classmethod
    def _with_level(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("warn") is None and given.get("fail") is None:
            return {**given, "fail": 0.01}
        return given

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Only text, truth and whole numbers are words."""
        return type_ in (LogicalType.STRING, LogicalType.BOOLEAN, LogicalType.INTEGER, LogicalType.UUID)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the rows by word, and for what a plain profile holds of them."""
        return (RowCount(), Shape(self.column), words_asked(self.column))

    # ---- how it judges ----

    def estimate(self, facts: Facts) -> Estimate | Verdict:
        """Return the share of rows whose word changed, or why there is none."""
        change = self._change(facts)
        return change if isinstance(change, Verdict) else Estimate(change.share, change.interval)

    def _change(self, facts: Facts) -> Change | Verdict:
        now = words_of(facts.current, self.column)
        if now is None or not now.rows:
            why = "the table has no rows" if facts.current.rows == 0 else "no row has a value"
            return self.undecided(Cause.NO_DATA, f"{self._quantity}: {why}", advice="find out why")
        if facts.reference is None or self.column not in facts.reference.schema:
            return self.undecided(Cause.NO_REFERENCE, f"{self._quantity}: there is no reference yet", advice=_TAKE)
        before = words_of(facts.reference, self.column)
        if before is None or not before.rows:
            return self.undecided(Cause.NO_DATA, f"{self._quantity}: the reference holds no values", advice=_TAKE)
        if before.others > OPEN * before.rows or (now.others and not before.others):
            return self.undecided(
                Cause.WRONG_TYPE,
                f"{self._quantity}: it has too many different values to be a category",
                advice="watch it by drift, or by its form",
            )
        new = {word: count for word, count in now.counts.items() if word not in before.counts}
        gone = {word: count for word, count in before.counts.items() if count and not now.counts.get(word)}
        return Change(before, now, new, gone)

    def conclude(self, facts: Facts, estimate: Estimate, error_rate: float) -> Verdict:
        """Hold the interval against the levels, and propose a mapping."""
        change = self._change(facts)
        if isinstance(change, Verdict):
            return change
        interval = estimate.interval(error_rate)
        outcome = outcome_of_interval(interval, self.warn, self.fail)
        said = (
            f"{self._quantity} is {interval_text(estimate.value, interval)} "
            f"({change.now.rows:,} rows against {change.before.rows:,})"
        )
        found = [] if outcome is Outcome.PASS else _matches(change)
        fields: dict[str, Any] = {
            "observed": estimate.value,
            "unit": "share",
            "interval": interval,
            "evidence": self._evidence(facts, change, found),
        }
        if outcome is Outcome.UNDECIDED:
            return self.undecided(
                Cause.TOO_SMALL,
                f"{said}, too few to tell: {rows_text(self._needed(change, error_rate), 'take a larger reference')}",
                advice="compare more rows at once, such as a longer partition, or widen the levels",
                **fields,
            )
        bound = bound_text(outcome, estimate.value, self.warn, self.fail)
        if outcome is Outcome.PASS:
            return self.verdict(outcome, f"{said}, {bound}", **fields)
        words = f"{len(change.new):,} new, {len(change.gone):,} gone{self._named(facts, change, found)}"
        return self.verdict(outcome, f"{said}, {bound}; {words}", advice=self._advice(change, found), **fields)

    def _needed(self, change: Change, rate: float) -> int | None:
        from airflow_mlquality.stats.sizes import rows_needed

        def decides(rows: int) -> bool:
            times = rows / change.now.rows
            counts = {word: round(count * times) for word, count in change.now.counts.items()}
            more = {word: round(count * times) for word, count in change.new.items()}
            outlook = Change(change.before, Words(counts), more, change.gone)
            return outcome_of_interval(outlook.interval(rate), self.warn, self.fail) is not Outcome.UNDECIDED

        return rows_needed(decides, rows=change.now.rows)

    # ---- what it says ----

    @property
    def _quantity(self) -> str:
        return f"share of rows with another vocabulary of '{self.column}'"

    def _named(self, facts: Facts, change: Change, found: list[Match]) -> str:
        """Return what became of words: the proposed pairs, and those that have none, most rows first."""

        def display(word: str) -> str:
            return facts.display(self.column, word)

        paired = {each.old for each in found} | {each.new for each in found}
        told = [
            f"{display(each.old)} -> {display(each.new)} ({each.kind}, score {each.score:.2f})"
            for each in found[:NAMED]
        ]
        for kind, counts, of in (("new", change.new, change.now), ("gone", change.gone, change.before)):
            alone = sorted((word for word in counts if word not in paired), key=lambda word: -counts[word])
            told += [f"{display(word)} ({kind}, {percent(counts[word] / of.rows)})" for word in alone[:NAMED]]
        return f": {', '.join(told[:NAMED])}" if told else ""

    def _advice(self, change: Change, found: list[Match]) -> str:
        if found:
            return f"map the new values of '{self.column}' back as the evidence proposes, or take a new reference"
        if change.new:
            return f"see which values of '{self.column}' are new: mend the source, or take a new reference"
        return f"see why values of '{self.column}' are gone: rows that were not delivered, or a value given up"

    def _evidence(self, facts: Facts, change: Change, found: list[Match]) -> dict[str, Any]:
        def display(word: str) -> str:
            return facts.display(self.column, word)

        is_shown = {each.old for each in found if display(each.old) == each.old and display(each.new) == each.new}
        before, now = change.before, change.now
        return {
            "mapping": {each.old: each.new for each in found if each.old in is_shown},
            "matches": [
                {
                    "old": display(each.old),
                    "new": display(each.new),
                    "kind": each.kind,
                    "score": round(each.score, 3),
                    "text_likeness": each.text,
                    "frequency_likeness": round(each.frequency, 3),
                    "reference_share": before.counts[each.old] / before.rows,
                    "current_share": now.counts[each.new] / now.rows,
                }
                for each in found
            ],
            "new": [{"value": display(word), "rows": count} for word, count in list(change.new.items())[:20]],
            "gone": [{"value": display(word), "rows": count} for word, count in list(change.gone.items())[:20]],
            "rows": now.rows,
            "reference_rows": before.rows,
        }


def _matches(change: Change) -> list[Match]:
    from airflow_mlquality.stats.vocabularies import matches

    before = {word: count / change.before.rows for word, count in change.before.counts.items() if count}
    now = {word: count / change.now.rows for word, count in change.now.counts.items() if count}
    return matches(before, now, set(change.gone), set(change.new), (change.before.rows, change.now.rows))


_TAKE = "give the reference as rows, as a report of this contract, or as a profile: 'mlquality profile SOURCE'"
