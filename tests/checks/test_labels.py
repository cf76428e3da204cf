"""Labels are judged from counts alone."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from airflow_mlquality.checks import Allowed, MissingShare, Prior, judge
from airflow_mlquality.measurements import ClassCountsFact, RowsWhere, Schema, sql
from airflow_mlquality.trial import trial
from airflow_mlquality.verdict import Cause, Outcome, Verdict
from tests.builders import facts, profile

SHARES = {"true": 0.2, "false": 0.8}


def prior(*counts: int, other: int = 0, missing: int = 0, **options: Any) -> Verdict:
    """Judge a label that should be true in one row of five."""
    check = Prior(column="late", **{"expected": SHARES, **options})
    fact = ClassCountsFact(counts, other, missing)
    rows = sum(counts) + other + missing
    (verdict,) = judge([check], facts(profile(rows=rows, columns={"late": "boolean"}, facts={check.classes: fact})))
    return verdict


# ---- prior ----


def test_the_declared_shares_pass() -> None:
    verdict = prior(400, 1600)

    assert verdict.outcome is Outcome.PASS
    assert verdict.reason == (
        "total variation distance of 'late' from its declared shares is 0 [0, 0.024] (2,000 rows), within fail 0.06"
    )


def test_other_shares_fail_and_the_class_that_deviates_most_is_named() -> None:
    verdict = prior(1120, 2880)

    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason == (
        "total variation distance of 'late' from its declared shares is 0.08 [0.062, 0.099] (4,000 rows), "
        "above fail 0.06; true deviates most: 20 % declared, 28 % observed"
    )


def test_shares_between_the_levels_warn() -> None:
    assert prior(4_800, 15_200).outcome is Outcome.WARN


def test_a_trifle_among_many_rows_is_no_alarm() -> None:
    assert prior(4_200, 15_800).outcome is Outcome.PASS


def test_a_few_labels_leave_it_undecided_and_name_how_many_would_decide() -> None:
    verdict = prior(10, 40)

    assert (verdict.outcome, verdict.cause) == (Outcome.UNDECIDED, Cause.TOO_SMALL)
    assert verdict.reason == (
        "total variation distance of 'late' from its declared shares is 0 [0, 0.18] (50 rows), "
        "too few to tell: about 740 rows would decide"
    )


def test_classes_that_are_not_declared_count_as_one_with_share_0() -> None:
    verdict = prior(320, 1280, other=400)

    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason.endswith("; other classes deviates most: 0 % declared, 20 % observed")
    assert verdict.evidence["classes"][-1]["label"] == "other classes"


def test_rows_without_label_are_not_counted() -> None:
    with_missing, without = prior(400, 1600, missing=9_000), prior(400, 1600)

    assert with_missing.observed == without.observed == 0
    assert with_missing.evidence["missing"] == 9_000


def test_no_labels_leave_it_undecided() -> None:
    assert prior(0, 0, missing=7).reason == (
        "total variation distance of 'late' from its declared shares: no row has a label"
    )
    assert prior(0, 0).cause is Cause.NO_DATA
    assert prior(0, 0).reason.endswith("the table has no rows")


def test_one_row_leaves_it_undecided() -> None:
    assert prior(1, 0).cause is Cause.TOO_SMALL


def test_the_evidence_holds_every_class_with_its_interval() -> None:
    first, second = prior(250, 750).evidence["classes"]

    assert (first["label"], first["expected"], first["observed"], first["rows"]) == ("true", 0.2, 0.25, 250)
    assert first["lo"] < 0.25 < first["hi"]
    assert first["deviation"] == pytest.approx(0.05)
    assert second["label"] == "false"


@pytest.mark.parametrize(
    "expected", [{True: 0.2, False: 0.8}, {1: 0.2, 0: 0.8}, {1.0: 0.2, 0.0: 0.8}, {"late": 0.2, "on time": 0.8}]
)
def test_classes_are_named_as_text(expected: dict[Any, float]) -> None:
    names = list(Prior(column="late", expected=expected).expected)

    assert names in (["true", "false"], ["1", "0"], ["late", "on time"])


def test_shares_must_sum_to_1() -> None:
    with pytest.raises(ValidationError, match=r"the shares sum to 0.9, not 1"):
        Prior(column="late", expected={"a": 0.5, "b": 0.4})

    assert Prior(column="late", expected={"a": 1 / 3, "b": 1 / 3, "c": 0.3333333}).fail == 0.06


def test_a_class_may_not_be_named_twice() -> None:
    with pytest.raises(ValidationError, match=r"two classes are the same as text. Name each class once"):
        Prior(column="late", expected={"1": 0.5, 1: 0.5})


def test_levels_have_defaults_that_never_contradict_what_is_given() -> None:
    levels = [
        (check.warn, check.fail)
        for options in ({}, {"fail": 0.01}, {"warn": 0.1}, {"warn": 0.05, "fail": 0.1})
        for check in [Prior(column="late", expected=SHARES, **options)]
    ]

    assert levels == [(0.02, 0.06), (None, 0.01), (0.1, None), (0.05, 0.1)]


@pytest.mark.parametrize(
    "values", [[True] * 500 + [False] * 2000, [1] * 500 + [0] * 2000, [1.0] * 500 + [0.0] * 2000 + [float("nan")] * 50]
)
def test_booleans_integers_and_floats_are_counted_alike(values: list[Any]) -> None:
    expected = {True: 0.2, False: 0.8} if isinstance(values[0], bool) else {1: 0.2, 0: 0.8}

    assert trial(Prior(column="late", expected=expected), late=values).verdict.observed == 0


# ---- missing_share ----


def share(check: Any, rows: int, **counts: int) -> Verdict:
    """Judge rows from counts, by the condition they hold."""
    schema: Schema = profile(columns={"late": "float"}).schema
    conditions = {
        "missing": RowsWhere(sql.text(MissingShare(column="late").violation(schema))),
        "wrong": RowsWhere(sql.text(check.violation(schema))),
    }
    found = {conditions[name]: count for name, count in counts.items()}
    (verdict,) = judge([check], facts(profile(rows=rows, columns={"late": "float"}, facts=found)))
    return verdict


def test_the_first_missing_label_warns_and_one_in_twenty_is_the_most() -> None:
    outcomes = [share(MissingShare(column="late"), 100, missing=count).outcome for count in (0, 1, 5, 6)]

    assert outcomes == [Outcome.PASS, Outcome.WARN, Outcome.WARN, Outcome.FAIL]


def test_given_levels_stand_alone() -> None:
    assert share(MissingShare(column="late", fail=0.5), 100, missing=30).outcome is Outcome.PASS
    assert share(MissingShare(column="late", warn=0.5), 100, missing=60).outcome is Outcome.WARN
    assert share(MissingShare(column="late", mostly=0.5), 100, missing=60).outcome is Outcome.FAIL


def test_no_rows_have_no_share_of_missing_labels() -> None:
    assert share(MissingShare(column="late"), 0, missing=0).cause is Cause.NO_DATA


def test_nan_and_infinities_are_no_labels() -> None:
    verdict = trial(MissingShare(column="late"), late=[1.0, float("nan"), float("inf"), None]).verdict

    assert verdict.reason == "share of rows without label 'late' is 0.75 (3 of 4 rows), above fail 0.05"


# ---- allowed ----


def test_labels_of_other_classes_fail_among_those_that_there_are() -> None:
    verdict = share(Allowed(column="late", values=[0, 1]), 100, missing=50, wrong=5)

    assert verdict.reason == ("share of rows with label 'late' not among 2 classes is 0.1 (5 of 50 rows), above fail 0")


def test_no_label_at_all_leaves_allowed_undecided() -> None:
    assert share(Allowed(column="late", values=[0]), 9, missing=9, wrong=0).cause is Cause.NO_DATA
    assert share(Allowed(column="late", values=[0]), 0, missing=0, wrong=0).cause is Cause.NO_DATA


@pytest.mark.parametrize("values", [[0, 1], [0.0, 1.0], ["0", "1"]])
def test_classes_are_compared_as_text(values: list[Any]) -> None:
    check = Allowed(column="late", values=values)

    assert trial(check, late=[0, 1, None]).verdict.outcome is Outcome.PASS
    assert trial(check, late=[0.0, 1.0, float("nan")]).verdict.outcome is Outcome.PASS
    assert trial(check, late=["0", "1", "2"]).verdict.observed == pytest.approx(1 / 3)


def test_labels_with_parts_are_of_no_class() -> None:
    assert trial(Allowed(column="late", values=[0]), late=[[0], [1]]).verdict.cause is Cause.WRONG_TYPE
