"""Whether annotators agree on the same items, and who does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, model_validator

from airflow_mlquality.checks.at_least import AtLeastCheck, turned, with_least_levels
from airflow_mlquality.checks.estimates import Estimate
from airflow_mlquality.checks.labels.classes import class_text
from airflow_mlquality.checks.values.bounds import is_scalar
from airflow_mlquality.checks.wording import percent
from airflow_mlquality.measurements import LogicalType, Measurement, RowCount, Schema
from airflow_mlquality.measurements.annotations import MOST_ANNOTATIONS, Annotations, AnnotationsFact
from airflow_mlquality.verdict import Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.checks.base import Facts, Family, Scope
    from airflow_mlquality.stats.agreement import Agreement
    from airflow_mlquality.stats.annotators import Annotated

_SHOWN = 50
"""Annotators that the evidence holds, the least sure first."""
_PAIR = 2


class Annotators(AtLeastCheck):
    """Annotators agree on the labels of the same items, beyond chance.

    One row is one annotation: an item, who annotated it, and the label given. Krippendorff's alpha for nominal classes
    is 1 where all agree on every item, 0 where they agree as by chance. Items may have any number of annotations; those
    with one say nothing.

    Why it matters
    --------------
    A model is measured against its labels, and can be no better than these are. Where annotators disagree, the
    guideline is unclear, the task is hard, or somebody guesses: the evidence tells which.

    How it decides
    --------------
    Alpha with an interval under resampling of items, or the exact one of the agreement where that is wider: fail when
    all of it lies at or below `fail`, warn when it lies at or below `warn`, pass when it lies above `fail`, otherwise
    undecided, naming how many items would decide. The evidence has Fleiss' kappa where all items have the same number
    of annotations, and of each annotator the probability of being right under the model of Dawid and Skene, with what
    is taken for what most often. Of more than 50,000 annotations those of the first items are looked at. Undecided when
    no item has two annotations, and when all are of one class. Measured with three annotators and four classes: at the
    bound it alarms in none of 1,000 samples of 50 to 2,000 items; alpha 0.56 under a bound of 0.667 is found in 97 % of
    samples of 400 items.

    When it misleads
    ----------------
    Annotators who copy from each other agree. Where one class is rare alpha is low though nearly all annotations are
    the same. An annotator with few items is near the others by construction.

    References
    ----------
    Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania.
    https://repository.upenn.edu/asc_papers/43

    Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological Bulletin, 76, 378-382.
    DOI 10.1037/h0031619

    Dawid, A. P. and Skene, A. M. (1979). Maximum likelihood estimation of observer error-rates using the EM algorithm.
    Applied Statistics, 28, 20-28. DOI 10.2307/2346806

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = Annotators(column="label", item="text", annotator="who")
    >>> rows = {"text": [i // 3 for i in range(300)], "who": ["ann", "bob", "cy"] * 100}
    >>> print(trial(check, label=[i // 3 % 2 for i in range(300)], **rows))
    pass: Krippendorff's alpha of 'label' is 1 [0.91, 1] (100 items), within fail [0.667, …]
    >>> ann_guesses = [i // 3 % 2 if i % 3 else i // 6 % 2 for i in range(300)]
    >>> print(trial(check, label=ann_guesses, **rows))  # doctest: +NORMALIZE_WHITESPACE
    fail: Krippendorff's alpha of 'label' is 0.34 [0.097, 0.55] (100 items), outside fail [0.667, …]; least sure: 'xxx',
    right in 51 %
    >>> print(trial(check, label=[1, 0], text=[1, 2], who=["ann", "bob"]))
    undecided: Krippendorff's alpha of 'label': no item has two annotations
    """

    family: ClassVar[Family] = "labels"
    scope: ClassVar[Scope] = "labels"

    item: str
    """The column that tells the item."""
    annotator: str
    """The column that tells who annotated."""
    warn: float | None = Field(default=None, ge=-1, lt=1)
    """Alpha below which it warns; 0.8, unless `fail` is set above that."""
    fail: float | None = Field(default=None, ge=-1, lt=1)
    """Alpha below which it fails; 0.667, unless `warn` is set below that."""

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Return whether a value of that type can be a class: one with parts cannot."""
        return is_scalar(type_)

    @model_validator(mode="before")
    @classmethod
    def _default_levels(cls, given: Any) -> Any:
        return with_least_levels(given, 0.8, 0.667) if isinstance(given, dict) else given

    def columns(self) -> tuple[str, ...]:
        """Return the label, the item and the annotator."""
        return tuple(dict.fromkeys((self.column, self.item, self.annotator)))

    @property
    def annotations(self) -> Annotations:
        """The fact it judges."""
        return Annotations(self.item, self.annotator, self.column)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for the annotations of items."""
        return (RowCount(), self.annotations) if self._odd(schema) is None else ()

    def _odd(self, schema: Schema) -> str | None:
        return next((name for name in self.columns() if not is_scalar(schema[name].type)), None)

    @property
    def _quantity(self) -> str:
        return f"Krippendorff's alpha of '{self.column}'"

    def estimate(self, facts: Facts) -> Estimate | Verdict:
        """Return alpha, or why there is none."""
        odd = self._odd(facts.current.schema)
        if odd is not None:
            return self.undecided(
                Cause.WRONG_TYPE,
                f"{self._quantity}: values of '{odd}' have parts and tell no item and nobody",
                advice="name columns with one plain value per row",
            )
        fact = facts.current[self.annotations]
        found = _alpha(_votes(fact))
        if found is None:
            return self._nothing(facts, fact)
        return Estimate(-found.value, lambda rate: turned(found.interval(rate)))

    def _nothing(self, facts: Facts, fact: AnnotationsFact) -> Verdict:
        shared = any(sum(times for *_, times in votes) >= _PAIR for _, votes in fact.items)
        if shared:
            why = "all annotations of shared items are of one class, where agreement says nothing"
            return self.undecided(Cause.TOO_SMALL, f"{self._quantity}: {why}", advice="judge items of several classes")
        what = "no item has two annotations" if fact.items else "no row has an item, an annotator and a label"
        return self.undecided(
            Cause.NO_DATA,
            f"{self._quantity}: {what if facts.current.rows else 'the table has no rows'}",
            advice="let several people annotate some of the same items",
        )

    def conclude(self, facts: Facts, estimate: Estimate, error_rate: float) -> Verdict:
        """Hold the interval against the levels."""
        fact = facts.current[self.annotations]
        annotated = _votes(fact)
        found = _alpha(annotated)
        assert found is not None  # noqa: S101  there is an estimate
        quality = self._quality(annotated, facts)
        worst = quality[0]
        return self.held(
            self._quantity,
            estimate,
            error_rate,
            (found.units, "items"),
            unit="alpha",
            found=f"; least sure: {worst['annotator']}, right in {percent(worst['accuracy'])}",
            advice="look at what the least sure annotators take for what; make the guideline plainer, or ask others",
            evidence={
                "items": found.units,
                "annotations": sum(n * sum(times for *_, times in votes) for n, votes in fact.items),
                "agreement": found.observed,
                "by_chance": found.expected,
                "fleiss_kappa": _fleiss(annotated),
                "annotators": quality[:_SHOWN],
                "most_annotations": None if fact.is_complete else MOST_ANNOTATIONS,
            },
        )

    def _quality(self, annotated: Annotated, facts: Facts) -> list[dict[str, Any]]:
        """Return how often each annotator is right, and what is taken for what, the least sure first."""
        import numpy as np

        from airflow_mlquality.stats.annotators import dawid_skene

        fact = facts.current[self.annotations]
        skill = dawid_skene(annotated)
        type_ = facts.current.schema[self.column].type
        labels = [facts.display(self.column, class_text(value, type_)) for value in fact.labels]
        votes = np.bincount(
            annotated.annotator, annotated.votes * annotated.items[annotated.item], minlength=len(fact.annotators)
        )
        found = []
        for place, name in enumerate(fact.annotators):
            wrong = skill.shares[:, None] * skill.confusion[place]
            np.fill_diagonal(wrong, 0)
            true, said = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
            found.append(
                {
                    "annotator": facts.display(self.annotator, name),
                    "annotations": int(votes[place]),
                    "accuracy": float(skill.accuracy[place]),
                    "takes": labels[int(true)],
                    "for": labels[int(said)],
                    "share": float(wrong[true, said]),
                }
            )
        return sorted(found, key=lambda each: each["accuracy"])


def _votes(fact: AnnotationsFact) -> Annotated:
    from airflow_mlquality.stats.annotators import Annotated

    return Annotated.of(fact.items, len(fact.annotators), len(fact.labels))


def _alpha(annotated: Annotated) -> Agreement | None:
    from airflow_mlquality.stats.agreement import krippendorff_alpha

    return krippendorff_alpha(annotated.ratings(), annotated.items) if len(annotated.items) else None


def _fleiss(annotated: Annotated) -> float | None:
    """Return Fleiss' kappa; None where items have different numbers of annotations."""
    from airflow_mlquality.stats.agreement import fleiss_kappa

    try:
        return fleiss_kappa(annotated.ratings(), annotated.items)
    except ValueError:
        return None
