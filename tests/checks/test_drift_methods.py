"""The methods of drift beyond PSI, and what the importance of a column changes."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from airflow_mlquality.checks import Drift, judge
from airflow_mlquality.checks.drift.methods import METHODS
from airflow_mlquality.measurements import Column, LogicalType, NonFiniteCounts, Schema, ShapeFact
from airflow_mlquality.verdict import Cause, Outcome, Verdict
from tests.builders import category_shape, facts, number_shape, profile
from tests.checks.test_drift import EVEN, drift

ALL = list(METHODS)
every_method = pytest.mark.parametrize("method", ALL)


@every_method
def test_the_same_shape_passes_and_a_few_rows_are_undecided(method: str) -> None:
    same, few = (
        drift(number_shape(*[100] * 10), EVEN, method=method),
        drift(number_shape(1, 1, 1), EVEN3, method=method),
    )

    assert (same.outcome, same.observed) == (Outcome.PASS, 0)
    assert few.cause is Cause.TOO_SMALL
    assert "rows would decide" in few.reason


EVEN3 = number_shape(*[1000] * 3)


@every_method
@pytest.mark.parametrize(
    "now",
    [
        number_shape(*[20] * 8, 340, 500),
        number_shape(*[40] * 10, nulls=600),
        number_shape(*[40] * 10, non_finite=NonFiniteCounts(nan=600)),
    ],
)
def test_what_moved_far_and_what_went_missing_fails(method: str, now: ShapeFact) -> None:
    verdict = drift(now, EVEN, method=method)

    assert verdict.outcome is Outcome.FAIL, verdict.reason
    assert verdict.unit == METHODS[method].unit
    assert "; most of it: " in verdict.reason or "; only missing values moved: " in verdict.reason


@every_method
def test_categories_that_changed_fail(method: str) -> None:
    verdict = drift(
        category_shape({"a": 100, "b": 900}), category_shape({"a": 9000, "b": 1000}), "string", method=method
    )

    assert verdict.outcome is Outcome.FAIL, verdict.reason


@every_method
def test_nothing_but_nulls_on_one_side_fails_and_on_both_passes(method: str) -> None:
    nothing = number_shape(*[0] * 10, nulls=1000)

    assert drift(nothing, EVEN, method=method).outcome is Outcome.FAIL
    assert drift(nothing, nothing, method=method).outcome is Outcome.PASS


def test_how_far_rows_moved_matters_to_the_wasserstein_distance_alone() -> None:
    near, far = number_shape(0, 200, *[100] * 8), number_shape(0, *[100] * 8, 200)

    moved = [drift(now, EVEN, method="wasserstein").observed or 0.0 for now in (near, far)]

    assert 2 * moved[0] < moved[1]
    assert drift(near, EVEN, method="tv").observed == pytest.approx(drift(far, EVEN, method="tv").observed)


# ---- importance ----

MOVED = number_shape(*[50] * 8, 250, 350)


def weighed(weight: float, now: ShapeFact = MOVED, **options: Any) -> Verdict:
    return drift(now, EVEN, importance={"x": weight}, **options)


def test_a_column_that_the_model_ignores_warns_and_never_fails() -> None:
    verdict = weighed(0)

    assert verdict.outcome is Outcome.WARN
    assert "above warn 0.1; its importance is 0; most of it" in verdict.reason
    assert (verdict.warn, verdict.fail, verdict.evidence["importance"]) == (0.1, None, 0)


def test_a_column_that_matters_half_fails_at_twice_the_distance() -> None:
    assert weighed(1).outcome is weighed(0.5).outcome is Outcome.FAIL
    assert weighed(0.5).fail == 0.5
    assert weighed(0.2).outcome is Outcome.WARN
    assert weighed(0.2).fail == pytest.approx(1.25)


def test_where_no_warning_is_asked_for_a_light_column_warns_where_it_would_have_failed() -> None:
    verdict = weighed(0, fail=0.05)

    assert (verdict.outcome, verdict.warn) == (Outcome.WARN, 0.05)


def test_a_column_that_the_model_ignores_is_not_undecided_for_lack_of_rows() -> None:
    verdict = weighed(0, number_shape(*[4] * 10))

    assert verdict.outcome is Outcome.PASS
    assert verdict.reason.endswith("(40 rows against 10,000), which cannot fail; its importance is 0")


def test_without_reference_it_is_undecided_whatever_it_weighs() -> None:
    assert drift(EVEN, None, importance={"x": 0}).cause is Cause.NO_REFERENCE


def test_another_type_of_an_ignored_column_warns() -> None:
    assert drift(category_shape({"a": 5}), EVEN, "string", "float", importance={"x": 0}).outcome is Outcome.WARN


def test_a_weight_of_no_column_is_told_as_a_missing_column() -> None:
    schema = Schema((Column("age", LogicalType.FLOAT),))
    checks = [each for each in Drift(importance={"aeg": 0}).expand(schema) if each.column == "aeg"]

    (verdict,) = judge(checks, facts(profile(columns={"age": "float"})))

    assert verdict.cause is Cause.MISSING_COLUMN


@pytest.mark.parametrize(("importance", "message"), [({"y": 0.5}, "importance names 'y'"), ({"x": 2}, "less than or")])
def test_weights_lie_between_0_and_1_and_name_compared_columns(importance: dict[str, float], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Drift.model_validate({"columns": ["x"], "importance": importance})
