"""Numbers of the business: what is admitted, compared and named."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import Kpi
from airflow_mlquality.checks.aggregates import aggregate
from airflow_mlquality.contract import Contract
from airflow_mlquality.errors import AdmissionError
from airflow_mlquality.trial import trial

ALLOWED = "Allowed are avg, count, count_if, max, min and sum, numbers, and + - * / between them"

REFUSED = {
    "sum(a": "it cannot be read",
    "a + 1": "'a' is not allowed outside of an aggregate",
    "sum(sum(a))": "in an aggregate, an aggregate ('sum') is not allowed",
    "sum((select 1))": "in an aggregate, a sub-query is not allowed",
    "sum(a) over ()": "'SUM(a) OVER ()' is not allowed outside of an aggregate",
    "1 + 2": "it aggregates nothing",
    "sum(a) -- all": "a comment or a second statement is not allowed",
}


@pytest.mark.parametrize("expression", REFUSED)
def test_what_is_no_aggregate_is_refused_and_says_why(expression: str) -> None:
    with pytest.raises(AdmissionError) as refused:
        aggregate(expression)

    assert str(refused.value) == f'expression "{expression}": {REFUSED[expression]}. {ALLOWED}'


numbers = st.lists(st.one_of(st.none(), st.integers(-1000, 1000)), min_size=1, max_size=20)


@given(values=numbers)
def test_a_number_is_what_python_makes_of_the_rows(values: list[int | None]) -> None:
    present = [each for each in values if each is not None]
    expected = sum(present) / len(values) + len(present) if present else None

    found = trial(Kpi(expression="sum(x) / count(*) + count(x)", fail=(None, None)), x=values).verdict.observed

    assert found == pytest.approx(expected)


def test_nan_and_infinities_are_in_no_sum() -> None:
    found = trial(Kpi(expression="avg(x)", fail=(0, 9)), x=[1.0, float("nan"), float("inf"), 3.0])

    assert str(found) == "pass: avg(x) is 2, within fail [0, 9]"


def test_a_divisor_of_zero_is_no_number_and_no_pass() -> None:
    assert str(trial(Kpi(expression="sum(x) / count_if(x > 9)", fail=(0, 1)), x=[1])) == (
        "undecided: sum(x) / count_if(x > 9): there is no number"
    )


def test_a_segment_that_is_declared_and_missing_fails_by_its_name() -> None:
    check = Kpi(expression="count(*)", by="shop", segments=["a", "b"], fail=(1, 9))

    assert str(trial(check, shop=["a", "c"])) == (
        "fail: count(*) by 'shop' is 1 in a, of 2 segments, within fail [1, 9]; 1 segment is missing: b"
    )


def test_small_segments_of_the_reference_may_be_missing() -> None:
    check = Kpi(expression="count(*)", by="shop", against="reference", least_rows=3, fail=0.5)
    found = trial(check, shop=["a"] * 5, reference={"shop": ["a"] * 5 + ["b"] * 2})

    assert found.verdict.outcome.value == "pass"


def test_another_source_may_be_asked_in_its_own_words() -> None:
    check = Kpi(expression="sum(price)", against="ledger", their_expression="sum(debit) - sum(credit)", fail=0.01)
    found = trial(check, price=[5, 5], ledger={"debit": [12], "credit": [2]})

    assert str(found) == "pass: sum(price) against ledger: it changed by 0 % (10 -> 10), within fail [-0.01, 0.01]"


def test_an_earlier_report_of_the_contract_serves_as_reference() -> None:
    import pyarrow as pa

    contract = Contract(name="sales", checks=[Kpi(expression="sum(x)", against="reference", fail=0.1)])
    first = audit(contract, pa.table({"x": [10, 10]}))
    second = audit(contract, pa.table({"x": [10, 20]}), reference=first.profile)

    assert second.verdicts[1].reason == (
        "sum(x) against the reference: it changed by 50 % (20 -> 30), outside fail [-0.1, 0.1]"
    )


def test_names_of_segments_are_masked_unless_the_contract_allows_them() -> None:
    import pyarrow as pa

    table = pa.table({"name": ["Ann-Marie", "Ann-Marie"]})
    check = Kpi(expression="count(*)", by="name", fail=(5, None))
    hidden = audit(Contract(name="people", checks=[check]), table)
    shown = audit(Contract(name="people", checks=[check], samples=frozenset({"name"})), table)

    def said(report: Any) -> str:
        return str([report.verdicts[1].reason, report.verdicts[1].evidence])

    assert "Ann-Marie" not in said(hidden)
    assert "Ann-Marie" in said(shown)


def test_it_stands_in_yaml_once_or_often() -> None:
    contract = Contract.of("""
version: 1
contract: sales
table:
  kpi:
    - {expression: sum(price), by: shop, against: reference, fail: 0.2}
    - {id: tickets, expression: count(*), fail: [1, null]}
""")

    assert [check.verdict_id for check in contract.checks if isinstance(check, Kpi)] == [
        "sum(price) by shop",
        "tickets",
    ]
