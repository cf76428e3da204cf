"""Rows and sums that are found again in other sources."""

from __future__ import annotations

from airflow_mlquality.checks import Conservation, Reconciled
from airflow_mlquality.contract import Contract
from airflow_mlquality.trial import trial


def test_rows_that_came_from_nowhere_are_told_apart_from_lost_ones() -> None:
    found = trial(Conservation(source="orders"), id=[1, 2, 2], orders={"id": [1, 2]})

    assert found.verdict.observed == -0.5
    assert "multiplies rows" in found.verdict.advice


def test_sums_are_conserved_as_rows_are() -> None:
    check = Conservation(source="orders", expression="sum(amount)", dropped={"refunded": "refunds"}, fail=0.001)
    found = trial(check, amount=[7.5], orders={"amount": [5.0, 5.0]}, refunds={"amount": [2.5]})

    assert found.verdict.outcome.value == "pass"


def test_keys_that_cancel_out_in_the_counts_are_seen() -> None:
    check = Reconciled(to="copy", key="id", to_key="number")
    verdict = trial(check, id=["a", "b", None], copy={"number": ["a", "c", "d"]}).verdict

    assert verdict.evidence["differences"] == {"rows": 0.0, "keys": 2 / 3}
    assert (verdict.evidence["lost"], verdict.evidence["invented"]) == (2, 1)


def test_a_column_that_the_other_source_lacks_is_named() -> None:
    verdict = trial(Reconciled(to="copy", expressions=["sum(price)"]), price=[1], copy={"prize": [1]}).verdict

    assert (verdict.outcome.value, verdict.cause) == ("undecided", "missing_column")
    assert verdict.reason == "reconciled of price: the source 'copy' has no column 'price'"


def test_a_source_that_nobody_named_is_an_error() -> None:
    verdict = trial(Reconciled(to="copy", key="id"), id=[1]).verdict

    assert verdict.outcome.value == "error"
    assert "copy" in verdict.reason


def test_they_stand_under_table() -> None:
    contract = Contract.of("""
version: 1
contract: orders
sources: {raw: raw.parquet, rejects: rejects.parquet}
table:
  conservation: {from: raw, dropped: {invalid: rejects, tests: 12}, fail: 0.001}
  reconciled: {to: raw, key: id}
""")

    assert {check.name() for check in contract.checks} >= {"conservation", "reconciled"}
