"""Outliers: no change is no alarm, whatever the law; values far away are found."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import OutlierShare
from airflow_mlquality.contract import Contract
from airflow_mlquality.trial import trial

LAWS = ("normal", "lognormal", "cauchy", "exponential")
RUNS = 40


def drawn(rng: np.random.Generator, law: str, rows: int) -> np.ndarray:
    """Return rows of a law; of the Cauchy law a quarter lies far out."""
    if law == "lognormal":
        return rng.lognormal(0, 2, rows)
    if law == "cauchy":
        return rng.standard_cauchy(rows)
    return rng.exponential(1, rows) if law == "exponential" else rng.normal(10, 2, rows)


def outcomes(rows: int, spoiled: float, method: str) -> Counter[str]:
    """Return the outcomes of many columns of every law, of which some share of rows is a hundred times too large."""
    rng = np.random.default_rng(7)
    names = [f"{law}{run}" for law in LAWS for run in range(RUNS // len(LAWS))]
    before = {name: drawn(rng, name.rstrip("0123456789"), 10_000) for name in names}
    now = {name: drawn(rng, name.rstrip("0123456789"), rows) for name in names}
    for values in now.values():
        values[: round(rows * spoiled)] = 1e5 + np.abs(values[: round(rows * spoiled)])
    checks = [OutlierShare(column=name, method=method) for name in names]  # type: ignore[arg-type]  # one of two words
    report = audit(Contract(name="c", checks=checks), pa.table(now), reference=pa.table(before))
    return Counter(each.outcome.value for each in report.verdicts if each.check == "outlier_share")


def test_without_change_nothing_alarms() -> None:
    for method in ("iqr", "mad"):
        found = outcomes(5_000, 0.0, method)
        print(method, found)  # noqa: T201

        assert set(found) <= {"pass", "undecided"}
        assert found["pass"] >= 0.7 * found.total()


def test_one_row_in_ten_that_is_far_away_is_found() -> None:
    found = outcomes(5_000, 0.1, "iqr")
    print(found)  # noqa: T201

    assert found["warn"] + found["fail"] >= 0.9 * found.total()


def test_declared_fences_need_no_reference() -> None:
    check = OutlierShare(column="x", centre=0, spread=1, fail=0.1)

    assert trial(check, x=[0.0] * 60 + [9.0] * 40).verdict.outcome == "fail"
    assert trial(check, x=[0.0] * 100).verdict.outcome == "pass"


def test_infinities_lie_beyond_every_fence() -> None:
    values = [float(each) for each in range(100)]
    verdict = trial(OutlierShare(column="x"), x=[*values, *[float("inf")] * 100], reference={"x": values}).verdict

    assert (verdict.outcome, verdict.evidence["surely_beyond"]) == ("fail", 100)


def test_a_reference_of_one_value_has_no_fences() -> None:
    verdict = trial(OutlierShare(column="x"), x=[1.0, 2.0], reference={"x": [1.0] * 50}).verdict

    assert (verdict.outcome, verdict.cause) == ("undecided", "no_data")
