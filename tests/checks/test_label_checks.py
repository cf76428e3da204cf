"""Classes, agreement, maturity and leakage on small tables."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import (
    Annotators,
    ClassRows,
    KnownBeforeLabel,
    LabelMaturity,
    Leakage,
    NewClasses,
    Prior,
    ProxyAgreement,
)
from airflow_mlquality.checks.labels.presence import presence
from airflow_mlquality.contract import Contract, load_contract
from airflow_mlquality.measurements import GroupsFact
from airflow_mlquality.stats.batches import design_effect, effective_part
from airflow_mlquality.stats.priors import total_variation_interval
from airflow_mlquality.taking import take_profile
from airflow_mlquality.trial import MOMENT, trial
from airflow_mlquality.verdict import Cause, Outcome, Verdict

# ---- classes ----


def test_a_declared_class_without_rows_has_none() -> None:
    verdict = trial(ClassRows(column="y", classes=[0, 1, 2], warn=3, fail=1), y=[0.0, 0.0, 0.0, 1.0]).verdict

    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason.endswith("outside fail [1, …]; too few rows: 2, 1")
    assert verdict.evidence["classes"][0] == {"label": "2", "rows": 0}


def test_a_class_of_the_reference_that_vanished_has_no_rows() -> None:
    verdict = trial(ClassRows(column="y", fail=1), y=["a"], reference={"y": ["a", "b"]}).verdict

    assert (verdict.outcome, verdict.observed) == (Outcome.FAIL, 0.0)


def test_the_rarest_of_too_many_classes_is_not_known() -> None:
    verdict = trial(ClassRows(column="y", fail=1), y=list(range(1100))).verdict

    assert verdict.cause is Cause.WRONG_TYPE
    assert trial(ClassRows(column="y", fail=2), y=list(range(1100))).verdict.outcome is Outcome.FAIL


def test_numbers_of_another_type_are_the_same_classes() -> None:
    assert trial(NewClasses(column="y"), y=[1, 0], reference={"y": [0.0, 1.0]}).verdict.outcome is Outcome.PASS


# ---- agreement ----


def test_a_proxy_of_another_type_is_compared_as_text() -> None:
    check = ProxyAgreement(column="y", proxy="p")

    assert trial(check, y=[True, False] * 100, p=["true", "false"] * 100).verdict.outcome is Outcome.PASS


def test_the_classes_that_disagree_are_masked_unless_the_contract_names_them() -> None:
    verdict = trial(ProxyAgreement(column="y", proxy="p"), y=["Ann", "Bob"] * 50, p=["Bob", "Ann"] * 50).verdict

    assert "Ann" not in str(verdict.to_json())
    assert verdict.evidence["disagreements"][0] == {"label": "'Xxx'", "proxy": "'Xxx'", "rows": 50, "share": 0.5}


def test_one_class_in_both_says_nothing() -> None:
    verdict = trial(ProxyAgreement(column="y", proxy="p"), y=[1] * 9, p=[1] * 9).verdict

    assert verdict.cause is Cause.TOO_SMALL


def test_levels_of_agreement_are_lower_bounds() -> None:
    assert (ProxyAgreement(column="y", proxy="p", fail=0.7).warn, ProxyAgreement(column="y", proxy="p").warn) == (
        None,
        0.6,
    )
    with pytest.raises(ValidationError, match=r"warn 0.2 lies beyond fail 0.4"):
        ProxyAgreement(column="y", proxy="p", warn=0.2, fail=0.4)


def test_who_guesses_is_named_first_and_items_are_in_no_report() -> None:
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 3, 300)
    names = ["ann", "bob", "cy", "guess"]
    said = [truth if name != "guess" else rng.integers(0, 3, 300) for name in names]
    rows: dict[str, Any] = {
        "item": [f"secret{i}" for _ in names for i in range(300)],
        "who": [name for name in names for _ in range(300)],
        "y": np.concatenate(said).tolist(),
    }

    verdict = trial(Annotators(column="y", item="item", annotator="who"), **rows).verdict

    worst = verdict.evidence["annotators"][0]
    assert worst["annotator"] == "'xxxxx'"
    assert worst["accuracy"] == pytest.approx(1 / 3, abs=0.07)
    assert verdict.evidence["annotators"][1]["accuracy"] > 0.98
    assert verdict.evidence["fleiss_kappa"] == pytest.approx(verdict.observed, abs=0.01)
    assert "secret" not in str(verdict.to_json())


# ---- maturity ----


def test_labels_of_young_rows_may_be_missing() -> None:
    check = LabelMaturity(column="y", time="at", after="7d")
    at = [MOMENT - timedelta(days=day) for day in range(20)]

    assert trial(check, at=at, y=[None] * 7 + [1] * 13).verdict.outcome is Outcome.PASS
    assert trial(check, at=at, y=[None] * 8 + [1] * 12).verdict.observed == pytest.approx(1 / 13)


# ---- leakage ----

LABEL = [0, 1] * 250


def tau(values: list[Any], label: list[Any] | None = None) -> float | None:
    return trial(Leakage(column="y", features=["x"]), y=label or LABEL, x=values).verdict.observed


@pytest.mark.parametrize(
    "values",
    [
        [1 - y for y in LABEL],
        [None if y else "open" for y in LABEL],
        [MOMENT if y else None for y in LABEL],
        [0.9 - 0.001 * (i % 7) if y else 0.1 + 0.0001 * (i % 5) for i, y in enumerate(LABEL)],
        [123456 + i if y else 7 for i, y in enumerate(LABEL)],
    ],
    ids=["negation", "missing where negative", "time only where negative", "score", "number"],
)
def test_a_feature_that_determines_the_label_has_a_tau_of_1(values: list[Any]) -> None:
    assert tau(values) == pytest.approx(1.0)


@pytest.mark.parametrize("number", [2, 20, 200])
def test_a_feature_without_relation_has_a_tau_near_0(number: int) -> None:
    rng = np.random.default_rng(number)

    assert [abs(tau(rng.integers(0, number, 500).tolist()) or 0) < 0.2 for _ in range(5)] == [True] * 5


@pytest.mark.parametrize(
    "value", [MOMENT, 9.5, "R-17", None], ids=["time", "number", "text", "missing, the others are there"]
)
def test_what_is_there_for_one_class_of_three_tells_that_class(value: Any) -> None:
    label = ["kept", "lost", "back"] * 200
    rng = np.random.default_rng(4)
    others = [None] * 600 if value is not None else rng.normal(size=600).tolist()
    values = [value if each == "back" else others[i] for i, each in enumerate(label)]
    values[0] = values[2]  # one row of another class does not hide it

    found = trial(Leakage(column="y", features=["x"]), y=label, x=values)

    assert found.verdict.outcome is Outcome.FAIL
    assert found.verdict.observed == pytest.approx(0.9925, abs=0.0001)
    assert "tells class 'xxxx' of 'y'" in found.verdict.reason


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_what_is_missing_by_chance_tells_no_class(share: float) -> None:
    """Of 300 samples with a class of ten rows in 500, none has a tau above 0.3."""
    rng = np.random.default_rng(9)
    label = rng.permutation([*["a"] * 300, *["b"] * 190, *["c"] * 10])
    found = [tau([1.0 if each < share else None for each in rng.random(500)], label.tolist()) for _ in range(5)]

    assert [each is None or abs(each) < 0.3 for each in found] == [True] * 5
    assert max(chance(rng, label, share) for _ in range(300)) < 0.3


def chance(rng: Any, label: Any, share: float) -> float:
    there = rng.random(len(label)) < share
    cells = [(is_there, name) for name in "abc" for is_there in (0, 1)]
    rows = [(is_there, name, int(((label == name) & (there == is_there)).sum())) for is_there, name in cells]
    found = presence(GroupsFact(tuple(rows)), 10)
    return found.tau if found else 0.0


def test_every_feature_has_a_verdict_and_the_name_of_the_label_is_noticed() -> None:
    check = Leakage(column="y", ignore=["id"])

    verdict = trial(check, y=LABEL, y_score=LABEL, id=list(range(500))).verdict

    assert verdict.id == "y.leakage.y_score"
    assert verdict.reason.endswith("it is named like the label")


LARGE = 600_000


@pytest.fixture(scope="module")
def large() -> pa.Table:
    """Return more rows than are looked at, with labels of two classes and one that is rare."""
    rng, number = np.random.default_rng(1), np.arange(LARGE)
    y = rng.integers(0, 2, LARGE)
    rare = (number % 50_000 == 7).astype(float)
    columns: dict[str, Any] = {
        "y": y,
        "score": np.where(y == 1, 0.7, 0.2) + rng.random(LARGE) / 50,
        "late": y == 1,
        "paid_at": pa.array([None if each else 0 for each in y], pa.timestamp("us")),
        "nearly": np.where(rng.random(LARGE) < 0.026, 1 - y, y),
        "noise": rng.normal(size=LARGE),
        "id": number,
        "order": number // 5,
        "city": rng.integers(0, 500, LARGE).astype(str),
        "code": np.char.add(rng.integers(0, LARGE // 4, LARGE).astype(str), np.where(y == 1, "b", "a")),
        "rare": rare,
        "copy": rare,
        "none": pa.nulls(LARGE, pa.float64()),
    }
    return pa.table(columns)


def leaks(stage: Any, label: str, *features: str) -> dict[str, Verdict]:
    contract = Contract(name="large", checks=[Leakage(column=label, features=features)])
    return {each.evidence.get("feature", each.place): each for each in audit(contract, stage).verdicts[1:]}


def test_some_rows_of_many_tell_whether_numbers_times_and_booleans_leak(large: pa.Table) -> None:
    found = leaks(large, "y", "score", "late", "paid_at", "nearly", "noise")

    seen = "; 200,000 of 600,000 rows were looked at)"
    assert [seen in each.reason for each in found.values()] == [True] * 5
    assert [found[name].observed for name in ("score", "late", "paid_at")] == pytest.approx([1.0] * 3)
    assert found["noise"].observed == pytest.approx(0, abs=0.001)
    assert (found["noise"].evidence["rows"], found["noise"].evidence["current_of"]) == (200_000, LARGE)


def test_tau_of_some_rows_is_near_that_of_all(large: pa.Table) -> None:
    contract = Contract(name="large", checks=[Leakage(column="y", features=["nearly"])])
    whole = audit(contract, take_profile(large, contract=contract)).verdicts[1]

    some = leaks(large, "y", "nearly")["nearly"].observed

    assert "looked at" not in whole.reason
    assert whole.observed == pytest.approx((1 - 2 * 0.026) ** 2, abs=0.002)
    assert some != whole.observed
    assert some == pytest.approx(whole.observed, abs=0.005)


def test_texts_are_counted_in_all_rows_so_that_values_keep_their_kin(large: pa.Table) -> None:
    found = leaks(large, "y", "city", "code")

    assert [each.evidence["rows"] for each in found.values()] == [LARGE] * 2
    assert found["city"].observed == pytest.approx(0, abs=0.001)
    assert (found["code"].observed, found["code"].evidence["sharing"] > 0.8 * LARGE) == (1.0, True)


def test_values_that_many_rows_have_are_like_no_identifier_though_few_of_those_looked_at_share_them(
    large: pa.Table,
) -> None:
    found = leaks(large, "y", "id", "order")

    assert {name: each.evidence["is_like_an_identifier"] for name, each in found.items()} == {
        "id": True,
        "order": False,
    }


def test_limits_count_the_rows_that_were_looked_at_and_a_profile_has_all(large: pa.Table) -> None:
    contract = Contract(name="large", checks=[Leakage(column="rare", features=["copy"])])

    some = leaks(large, "rare", "copy")["copy"]
    whole = audit(contract, take_profile(large, contract=contract)).verdicts[1]

    assert some.cause is Cause.TOO_SMALL
    assert some.reason.endswith(
        "of 200,000 rows are of other classes than the largest; 200,000 of 600,000 rows were looked at"
    )
    assert some.advice == "judge a profile, which is of all rows: 'mlquality profile SOURCE --contract CONTRACT'"
    assert (whole.outcome, whole.observed) == (Outcome.FAIL, 1.0)


def test_without_labels_the_rows_that_were_looked_at_have_none(large: pa.Table) -> None:
    verdict = leaks(large, "none", "noise")["noise"]

    assert (verdict.cause, verdict.reason) == (
        Cause.NO_DATA,
        "how far 'noise' tells 'none' (tau): no row has a label; 200,000 of 600,000 rows were looked at",
    )


def test_one_feature_after_the_label_is_enough() -> None:
    check = KnownBeforeLabel(column="y", label_time="at", times=["a", "b"])
    day = timedelta(days=1)

    verdict = trial(check, y=[1, 0], at=[MOMENT] * 2, a=[MOMENT - day] * 2, b=[None, MOMENT + day]).verdict

    assert verdict.evidence == {"violating": 1, "judged": 2}


# ---- prior by segment and batch ----

SHARES = {"1": 0.2, "0": 0.8}


def test_the_segment_that_moved_is_found_where_the_whole_did_not() -> None:
    y = ([1] + [0] * 4) * 400
    moved = [1] * 200 + [0] * 300 + ([1] + [0] * 14) * 100
    segments = ["a"] * 500 + ["b"] * 1500

    assert trial(Prior(column="y", expected=SHARES, by="s"), y=y, s=segments).verdict.outcome is not Outcome.FAIL
    verdict = trial(Prior(column="y", expected=SHARES, by="s"), y=moved, s=segments).verdict
    assert (verdict.outcome, verdict.evidence["segments_judged"]) == (Outcome.FAIL, 2)
    assert verdict.evidence["segments"][0]["distance"] == pytest.approx(0.2)


def test_segments_that_are_all_small_leave_it_undecided() -> None:
    verdict = trial(Prior(column="y", expected=SHARES, by="s"), y=[1, 0], s=["a", "b"]).verdict

    assert verdict.cause is Cause.TOO_SMALL


def test_a_declared_design_effect_widens_the_interval() -> None:
    y = ([1] + [0] * 4) * 400
    plain, wide = (trial(Prior(column="y", expected=SHARES, design_effect=e), y=y).verdict for e in (None, 4))

    assert plain.interval is not None
    assert wide.interval is not None
    assert wide.interval[1] > 1.8 * plain.interval[1]


@pytest.mark.parametrize(("batches", "rows", "rho"), [(20, 100, 0.05), (5, 400, 0.02), (10, 200, 0.2)])
def test_shares_that_vary_between_batches_raise_no_alarm_at_the_bound(batches: int, rows: int, rho: float) -> None:
    rng = np.random.default_rng(batches)
    spread = 1 / rho - 1
    alarms = []
    for _ in range(800):
        ones = rng.binomial(rows, rng.beta(0.22 * spread, 0.78 * spread, batches))
        effect = design_effect(np.column_stack([ones, rows - ones]))
        part = effective_part(effect, batches * rows, batches, 0.01)
        worth = [ones.sum() * part, (batches * rows - ones.sum()) * part, 0]
        alarms.append(total_variation_interval([0.2, 0.8, 0.0], worth, 0.01)[0] >= 0.02)

    assert np.mean(alarms) <= 0.015


# ---- in a contract ----

CONTRACT = """
version: 1
contract: labels
labels:
  column: y
  class_rows: 20
  new_classes: true
  prior: {expected: {0: 0.8, 1: 0.2}, by: region}
  label_maturity: {time: at, after: 30d}
  proxy_agreement: predicted
  annotators: {item: id, annotator: who}
  label_noise: {0: p0, 1: p1}
  label_shift: {probabilities: {0: p0, 1: p1}}
  leakage: {features: all, ignore: [id]}
  known_before_label: {label_time: at, times: [read]}
"""


def test_the_checks_of_labels_stand_in_a_contract(tmp_path: Any) -> None:
    path = tmp_path / "labels.yaml"
    path.write_text(CONTRACT)

    names = {check.name() for check in load_contract(path).checks}

    assert {"class_rows", "new_classes", "label_shift", "annotators", "leakage", "known_before_label"} <= names
