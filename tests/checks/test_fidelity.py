"""Synthetic rows that are like the real ones pass; a broken column, a broken pair and copies are found and named."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import Fidelity
from airflow_mlquality.contract import Contract
from airflow_mlquality.report import Report
from airflow_mlquality.verdict import Cause, Outcome, Verdict


def rows(number: int, seed: int, **other: Any) -> pa.Table:
    """Return rows of one law, where the risk depends on the group; `other` columns are put in the place of theirs."""
    draw = np.random.default_rng(seed)
    group = draw.choice(["a", "b", "c", "d"], number, p=[0.4, 0.3, 0.2, 0.1])
    columns = {
        "group": group,
        "risk": draw.random(number) < np.where(group == "a", 0.2, 0.6),
        "age": draw.gamma(9, 5, number),
        "size": draw.normal(0, 1, number),
    }
    return pa.table(columns | other)


REAL = rows(10_000, 1)


def report_of(current: Any, reference: Any = REAL, **options: Any) -> Report:
    sources = {options["real"]: REAL} if options.get("real") else {}
    return audit(Contract(name="c", checks=(Fidelity(**options),)), current, sources=sources, reference=reference)


def verdict_of(current: Any, reference: Any = REAL, **options: Any) -> Verdict:
    return next(each for each in report_of(current, reference, **options).verdicts if each.check == "fidelity")


# ---- likeness ----


def test_rows_of_the_same_law_pass_and_the_evidence_names_every_column_and_pair() -> None:
    verdict = verdict_of(rows(2_000, 2), pairs=[("group", "risk")])

    assert verdict.outcome is Outcome.PASS
    assert (verdict.warn, verdict.fail) == ((0.9, None), (0.8, None))
    places = {each["place"] for each in verdict.evidence["least_alike"]}
    assert places == {"'group'", "'risk'", "'age'", "'size'", "'group' and 'risk'"}
    assert verdict.evidence["compared"] == 5


def test_one_broken_column_fails_however_good_the_mean_is() -> None:
    verdict = verdict_of(rows(2_000, 2, size=np.random.default_rng(3).normal(2, 1, 2_000)))

    assert verdict.outcome is Outcome.FAIL
    assert "; least alike 'size', " in verdict.reason
    assert verdict.evidence["least_alike"][0]["place"] == "'size'"
    assert verdict.observed is not None
    assert verdict.observed < 0.5 < verdict.evidence["mean_similarity"]


def test_columns_drawn_one_by_one_are_told_by_a_pair_alone() -> None:
    whole = rows(4_000, 2)
    torn = rows(4_000, 2, risk=np.random.default_rng(3).permutation(whole["risk"].to_numpy(zero_copy_only=False)))

    assert verdict_of(torn).outcome is Outcome.PASS
    verdict = verdict_of(torn, pairs=[("group", "risk")])
    assert verdict.outcome is Outcome.WARN
    assert "; least alike 'group' and 'risk', " in verdict.reason


def test_a_number_of_a_pair_is_cut_at_its_edges_and_without_them_undecided() -> None:
    edges = {"age": [40.0]}

    assert verdict_of(rows(2_000, 2), pairs=[("age", "risk")], edges=edges).outcome is Outcome.PASS
    verdict = verdict_of(rows(2_000, 2), pairs=[("age", "risk")])
    assert verdict.cause is Cause.WRONG_TYPE
    assert verdict.reason == "smallest similarity to the reference: 'age' is a number without edges"


def test_the_similarity_of_a_column_of_two_values_is_that_of_the_definition() -> None:
    real = pa.table({"x": ["a"] * 600 + ["b"] * 400})
    made = pa.table({"x": ["a"] * 300 + ["b"] * 700})

    verdict = verdict_of(made, real)

    assert verdict.observed == pytest.approx(0.7, abs=0.002)
    assert verdict.outcome is Outcome.FAIL


def test_a_constant_column_of_a_pair_compares_too() -> None:
    real = pa.table({"x": ["a", "b"] * 500, "y": ["only"] * 1_000})

    assert verdict_of(real, real, pairs=[("x", "y"), ("x", "x")]).outcome is Outcome.PASS


def test_values_of_another_kind_are_not_alike_at_all() -> None:
    verdict = verdict_of(rows(500, 2, age=["old"] * 500))

    assert (verdict.outcome, verdict.observed) == (Outcome.FAIL, 0.0)
    assert verdict.reason.endswith("least alike 'age', 0 %: its values were numbers and are text")


def test_dates_are_compared_by_their_place_in_time() -> None:
    start = np.datetime64("2026-01-01", "D")
    real = pa.table({"day": start + np.arange(1_000) % 100})
    later = pa.table({"day": start + 50 + np.arange(1_000) % 100})

    assert verdict_of(real, real).outcome is Outcome.PASS
    assert verdict_of(later, real).observed == pytest.approx(0.5, abs=0.02)


def test_few_rows_are_undecided_and_say_how_many_would_tell() -> None:
    verdict = verdict_of(rows(20, 2))

    assert (verdict.outcome, verdict.cause) == (Outcome.UNDECIDED, Cause.TOO_SMALL)
    assert "rows would decide" in verdict.reason


@pytest.mark.parametrize(
    ("reference", "cause", "reason"),
    [
        (None, Cause.NO_REFERENCE, "smallest similarity to the reference: there is no reference yet"),
        (REAL.drop_columns(["age"]), Cause.NO_REFERENCE, "the reference has no column 'age'"),
        (REAL.slice(0, 0), Cause.NO_DATA, "the reference has no rows"),
    ],
    ids=["none", "lacks a column", "empty"],
)
def test_what_the_reference_lacks_leaves_it_undecided(reference: Any, cause: Cause, reason: str) -> None:
    verdict = verdict_of(rows(500, 2), reference, pairs=[("group", "risk")])

    assert (verdict.outcome, verdict.cause) == (Outcome.UNDECIDED, cause)
    assert verdict.reason.endswith(reason)


def test_a_plain_profile_is_enough_for_columns_and_not_for_pairs() -> None:
    plain = audit(Contract(name="c"), REAL, whole_profile=True).profile

    assert verdict_of(rows(2_000, 2), plain).outcome is Outcome.PASS
    verdict = verdict_of(rows(2_000, 2), plain, pairs=[("group", "risk")])
    assert verdict.cause is Cause.NO_REFERENCE
    assert verdict.reason.endswith("it holds no facts of group and risk")


# ---- copies ----


def test_a_share_of_copies_above_the_level_fails_however_alike_the_rest_is() -> None:
    made = pa.concat_tables([rows(1_980, 2), REAL.slice(0, 20)])

    verdict = verdict_of(made, real="real")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason.startswith("share of rows copied from real is 0.01 (20 of 2,000 rows), above fail 0; small")
    assert verdict.evidence["copied"] == {"violating": 20, "judged": 2_000}
    assert verdict_of(made, real="real", copied=0.02).outcome is Outcome.PASS


def test_a_key_that_is_new_on_every_row_hides_no_copy() -> None:
    made = REAL.slice(0, 1_000).append_column("id", pa.array(range(90_000, 91_000)))
    real = REAL.append_column("id", pa.array(range(10_000)))
    contract = Contract(name="c", key=("id",), checks=(Fidelity(real="real"),))

    report = audit(contract, made, sources={"real": real}, reference=real)

    verdict = next(each for each in report.verdicts if each.check == "fidelity")
    assert verdict.evidence["copied"] == {"violating": 1_000, "judged": 1_000}
    assert "'id'" not in {each["place"] for each in verdict.evidence["least_alike"]}


def test_copies_are_sought_over_the_columns_that_are_named() -> None:
    assert verdict_of(rows(2_000, 2), real="real", copied_over=["group", "risk"]).outcome is Outcome.FAIL
    assert verdict_of(rows(2_000, 2), real="real", copied_over=["group", "age"]).outcome is Outcome.PASS


def test_copies_fail_without_any_reference() -> None:
    verdict = verdict_of(REAL.slice(0, 100), None, real="real")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason.endswith("; smallest similarity to the reference: there is no reference yet")


def test_copies_that_could_not_be_counted_are_an_error_unless_the_rest_fails_anyhow() -> None:
    strange = rows(2_000, 2).rename_columns(["group", "risk", "age", "other"])

    assert verdict_of(strange, strange, real="real").outcome is Outcome.ERROR
    broken = verdict_of(rows(500, 2, age=["old"] * 500), real="real")
    assert broken.outcome is Outcome.FAIL
    assert "copies were not counted" in broken.reason


def test_rows_without_any_value_that_could_be_copied_are_undecided() -> None:
    nested = pa.table({"x": [[1.0, 2.0]] * 500})

    verdict = verdict_of(nested, nested, real="real")

    assert (verdict.outcome, verdict.cause) == (Outcome.UNDECIDED, Cause.NO_DATA)
    assert verdict.reason.startswith("share of rows copied from real: no column is left; smallest similarity")


@pytest.mark.parametrize("options", [{"copied": 0.1}, {"copied_over": ["x"]}], ids=str)
def test_copies_among_no_rows_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="name it: `real: SOURCE`"):
        Fidelity(**options)


# ---- in a contract ----


def test_it_stands_under_drift_and_shows_no_value_of_a_row() -> None:
    contract = Contract.of({
        "version": 1,
        "contract": "made",
        "drift": {"reference": "real", "fidelity": {"except": ["size"], "pairs": [["group", "risk"]], "real": "real"}},
    })  # fmt: skip
    secret = rows(500, 2, group=["secret"] * 500)

    report = audit(contract, secret, sources={"real": REAL}, reference=REAL)

    verdict = next(each for each in report.verdicts if each.check == "fidelity")
    assert verdict.outcome is Outcome.FAIL
    assert "secret" not in json.dumps(verdict.to_json())
    assert Report.from_json(json.loads(report.dumps())).verdicts == report.verdicts


def test_columns_that_an_environment_lacks_are_left_out() -> None:
    check = Fidelity(columns_=("a", "b"), pairs=(("a", "b"), ("b", "c")), real="real", copied_over=("a", "c"))

    left = check.without(frozenset({"a"}))

    assert left is not None
    assert left.columns() == ("b", "c")
    assert check.without(frozenset({"a", "b"})) is None


# ---- calibration ----


def test_rows_of_the_same_law_never_alarm() -> None:
    found = [verdict_of(rows(300, seed), pairs=[("group", "risk")]).outcome for seed in range(100, 160)]

    assert {Outcome.WARN, Outcome.FAIL}.isdisjoint(found)
    assert found.count(Outcome.PASS) >= 55
