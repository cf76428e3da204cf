"""Drift of texts: what they look like, in any language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.checks.drift.features import Feature, FeatureDrift, feature_of_counts
from airflow_mlquality.measurements import LogicalType, TextTraits
from airflow_mlquality.measurements.texts import BLANKS, LENGTHS, TRAITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.checks.base import Facts, Scope
    from airflow_mlquality.measurements import Measurement


class TextDrift(FeatureDrift):
    """The texts of a column look like those of a reference.

    Looks are features that need no language: how many characters and blanks (so words) a text has, and whether it has
    digits, capital and small letters, punctuation, characters beyond ASCII, line ends, blanks at its ends, and some
    pairs of such classes next to each other, as in `A4` or `aB`. No text and no word is kept, only counts.

    Why it matters
    --------------
    A text column has no categories to compare: every value is new. Truncated exports, another encoding, HTML that is no
    longer stripped, another language or a template instead of what people write all show in its looks first.

    How it decides
    --------------
    Of every feature the total variation distance (the share of rows that would have to be different), rows without a
    text being a cell of their own. The observed number is that of the feature that moved furthest: fail when all of its
    interval lies at or above `fail`, warn when it lies at or above `warn`, pass when it lies below `fail`, otherwise
    undecided, naming how many rows would decide. The lower end shares its error rate among the features, and all
    estimated checks of the contract share one budget of false alarms. Levels, 0.1 and 0.2: one text in ten, one in
    five. Undecided without reference, or when no row has a text. Of a table of more than 200,000 rows the embedded
    engine looks at so many at most, from everywhere in it; the interval is that of the rows looked at.

    Measured at the error rate of one of forty estimated checks against 20,000 texts: without change nearly all samples
    of 200 texts pass; a trait of no text that half of them have is found in 94 % of samples of 50 texts and in all of
    100, one that goes from 10 % to 40 % in 87 % of samples of 200 and in all of 500, from 10 % to 30 % in 95 % of
    1,000.

    When it misleads
    ----------------
    Meaning is not seen: other words of the same looks do not move it. Letters are told from capital ones in ASCII only.
    Lengths are counted in bins that double, so that all texts may grow by a fifth and stay where they are.

    References
    ----------
    Levin, D. A., Peres, Y. and Wilmer, E. L. (2009). Markov Chains and Mixing Times, chapter 4. American Mathematical
    Society.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = TextDrift(column="note")
    >>> train = {"note": ["late by an hour", "on time"] * 1000}
    >>> print(
    ...     trial(check, note=["on time", "late by an hour"] * 300, reference=train)
    ... )  # doctest: +NORMALIZE_WHITESPACE
    pass: total variation distance of the looks of 'note' from the reference is 0 [0, 0.054] (600 rows
    against 2,000), within fail 0.2
    >>> print(
    ...     trial(check, note=["<p>on time</p>", "late by an hour"] * 300, reference=train)
    ... )  # doctest: +NORMALIZE_WHITESPACE
    fail: total variation distance of the looks of 'note' from the reference is 0.5 [0.41, 0.55] (600 rows
    against 2,000), above fail 0.2; texts with punctuation: have it 0 % -> 50 %
    >>> print(trial(check, note=["on time", "late by an hour"], reference=train))  # doctest: +NORMALIZE_WHITESPACE
    undecided: total variation distance of the looks of 'note' from the reference is 0 [0, 0.82] (2 rows
    against 2,000), too few to tell: about 150 rows would decide
    """

    scope: ClassVar[Scope] = "column"
    flag: ClassVar[bool] = True
    samples: ClassVar[bool] = True

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Return whether values of that type are texts."""
        return type_ is LogicalType.STRING

    @property
    def compared(self) -> Measurement[Any]:
        """The counts of looks."""
        return TextTraits(self.column)

    @property
    def quantity(self) -> str:
        """What is observed, in a reason."""
        return f"total variation distance of the looks of '{self.column}' from {self.reference or 'the reference'}"

    def without_values(self, facts: Facts) -> str:
        """Return that there is no text on one side."""
        before, now = (each.of for each in self.seen(facts))
        if not now.texts:
            return "no row has a text"
        return "" if before.texts else "the reference has no text"

    def features(self, facts: Facts) -> list[Feature]:
        """Return lengths, blanks and traits."""
        before, now = (each.of for each in self.seen(facts))
        found = [
            feature_of_counts(
                name, [*_bins(ends), "NULL"], [*getattr(before, of), before.nulls], [*getattr(now, of), now.nulls]
            )
            for name, ends, of in (("characters", LENGTHS, "lengths"), ("blanks", BLANKS, "blanks"))
        ]
        for name, was, is_ in zip(TRAITS, before.traits, now.traits, strict=True):
            found.append(
                feature_of_counts(
                    f"texts with {name}:",
                    ["have it", "have it not", "are NULL"],
                    [was, before.texts - was, before.nulls],
                    [is_, now.texts - is_, now.nulls],
                )
            )
        return [feature for feature in found if feature is not None]


def _bins(ends: Sequence[int]) -> list[str]:
    """Return the bins of whole numbers with these upper ends.

    >>> _bins((0, 1, 4))
    ['0', '1', '2 to 4', 'over 4']
    """
    texts = [
        f"{end:,}" if end - before == 1 else f"{before + 1:,} to {end:,}"
        for before, end in zip((-1, *ends), ends, strict=False)
    ]
    return [*texts, f"over {ends[-1]:,}"]
