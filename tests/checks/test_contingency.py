"""Rows per pair of values: what a profile that keeps not all pairs still tells."""

from __future__ import annotations

import numpy as np
import pytest

from airflow_mlquality.checks import DependenceStable, Facts
from airflow_mlquality.checks.drift.contingency import LEAST_SECOND, MISSING, RARE, Pairs, tables_of
from airflow_mlquality.measurements import GroupsFact, RowCount
from airflow_mlquality.measurements.groups import LIMIT
from airflow_mlquality.profile import Profile
from airflow_mlquality.trial import trial
from airflow_mlquality.verdict import Cause, Outcome
from benchmarks.calibration_of_drift import dependence_of
from benchmarks.calibration_scene import MOMENT, Sampler

NAMES = [f"v{at:03}" for at in range(200)]


def kept(counts: np.ndarray) -> Pairs:
    """Return what a profile keeps of rows per pair."""
    order = np.argsort(-counts, axis=None, kind="stable")
    places = [divmod(int(at), counts.shape[1]) for at in order if counts.ravel()[at]]
    fact = GroupsFact(tuple((NAMES[a], NAMES[b], int(counts[a, b])) for a, b in places[:LIMIT]), len(places) <= LIMIT)
    margins = [
        GroupsFact(tuple((NAMES[at], int(each)) for at, each in enumerate(counts.sum(axis=axis)))) for axis in (1, 0)
    ]
    return Pairs.of(fact, int(counts.sum()), margins)


def whole(counts: np.ndarray, values: tuple[list[str], list[str]]) -> np.ndarray:
    """Return the table of the kept values from all rows."""
    places = [[values[axis].index(name) if name in values[axis] else -1 for name in NAMES] for axis in (0, 1)]
    table = np.zeros([len(each) for each in values])
    for first, second, number in zip(*np.indices(counts.shape).reshape(2, -1), counts.ravel(), strict=True):
        table[places[0][first], places[1][second]] += number
    return table


@pytest.mark.parametrize("rows", [3_000, 100_000])
def test_pairs_beyond_those_kept_stay_with_their_values(rows: int) -> None:
    rng = np.random.default_rng(2)
    shares = 1 / np.arange(1, len(NAMES) + 1)
    shares /= shares.sum()
    joint = 0.5 * np.diag(shares) + 0.5 * np.outer(shares, shares)
    before, now = (rng.multinomial(n, joint.ravel()).reshape(joint.shape) for n in (100_000, rows))

    tables = tables_of((kept(before), kept(now)))

    assert kept(now).beyond > 0
    assert [each[-1] for each in tables.values] == [RARE, RARE]
    for told, counts in ((tables.before, before), (tables.now, now)):
        true = whole(counts, tables.values)
        assert told[0].sum() == counts.sum()
        assert (told[0].sum(axis=1) == true.sum(axis=1)).all()
        inner, most = true[:-1, :-1], told[-1][:-1, :-1]
        assert ((told[0][:-1, :-1] <= inner) & (inner <= most)).all()


def test_where_all_pairs_are_kept_the_table_is_theirs() -> None:
    counts = np.array([[420, 100, 3], [100, 400, 2], [1, 2, 3]])

    tables = tables_of((kept(counts), kept(counts)))

    assert tables.values == (NAMES[:2], NAMES[:2])  # the third is in too few rows
    assert [each.tolist() for each in tables.now] == [[[420, 100], [100, 400]]]


def test_null_and_rare_values_are_left_out_where_they_are_in_hardly_any_row() -> None:
    few, many = (
        Pairs.of(GroupsFact((("a", "b", 500), ("c", "d", 480), (None, None, n), ("e", "f", n + 1))), 981 + 2 * n, ())
        for n in (4, 40)
    )

    assert tables_of((few, few)).values == (["a", "c"], ["b", "d"])
    assert tables_of((many, few)).values == (["a", "c", "e", MISSING], ["b", "d", "f", MISSING])
    assert tables_of((few, many)).values == (["a", "c", MISSING, RARE], ["b", "d", MISSING, RARE])


def test_one_row_with_null_in_both_columns_is_no_change_of_strength() -> None:
    before = {"a": ["u", "v"] * 1_000, "b": ["x", "x", "y", "y"] * 500}
    now = {"a": [*(["u", "v"] * 300), None], "b": [*(["x", "x", "y", "y"] * 150), None]}

    assert trial(DependenceStable(pairs=[("a", "b")]), **now, reference=before).verdict.outcome is Outcome.PASS


def test_a_column_with_hardly_a_second_value_is_undecided_and_told_how_many_rows_would_do() -> None:
    before = {"a": ["u"] * 1_900 + ["v"] * 100, "b": ["x"] * 1_900 + ["y"] * 100}
    now = {"a": ["u"] * 190 + ["v"] * 10, "b": ["x"] * 190 + ["y"] * 5 + ["x"] * 5}

    few = trial(DependenceStable(pairs=[("a", "b")]), **now, reference=before).verdict
    many = {name: values * (LEAST_SECOND // 10) for name, values in now.items()}

    assert (few.outcome, few.cause, few.interval) == (Outcome.UNDECIDED, Cause.TOO_SMALL, (0.0, 1.0))
    assert "rows would decide" in few.reason
    assert trial(DependenceStable(pairs=[("a", "b")]), **many, reference=before).verdict.outcome is Outcome.WARN


def test_too_many_pairs_are_measured_with_the_rows_of_each_value() -> None:
    rng = np.random.default_rng(4)

    def drawn(rows: int, same: float) -> dict[str, list[str]]:
        one, two = (np.minimum(rng.zipf(1.3, rows), len(NAMES)) - 1 for _ in range(2))
        two = np.where(rng.random(rows) < same, one, two)
        return {"a": [NAMES[at] for at in one], "b": [NAMES[at] for at in two]}

    check, before = DependenceStable(pairs=[("a", "b")]), drawn(30_000, 0.6)

    assert trial(check, **drawn(5_000, 0.6), reference=before).verdict.outcome is Outcome.PASS
    assert trial(check, **drawn(5_000, 0.1), reference=before).verdict.outcome is Outcome.FAIL


def test_a_reference_from_before_that_keeps_not_all_pairs_is_undecided_by_itself() -> None:
    check = DependenceStable(pairs=[("a", "b")], pair=("a", "b"))
    facts = dependence_of(check, Sampler(np.random.default_rng(1)), 5_000, 100, 0.0)
    assert facts.reference is not None
    old = Profile(facts.reference.schema, {RowCount(): 100_000, check.compared: facts.reference[check.compared]})

    verdict = check.judge(Facts(facts.current, as_of=MOMENT, reference=old))

    assert (verdict.outcome, verdict.cause) == (Outcome.UNDECIDED, Cause.NO_REFERENCE)
    assert "too many pairs of values" in verdict.reason
