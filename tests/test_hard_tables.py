"""Every check on every hard table: a defined outcome, the same whatever writes the table, never a traceback."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import (
    CHECKS,
    AcceptedValues,
    Between,
    Length,
    Matches,
    NotNull,
    Rule,
    Type,
    Unique,
)
from airflow_mlquality.contract import Contract
from tests.cases import CASES, outcomes

if TYPE_CHECKING:
    from pathlib import Path

NAN, INF = math.nan, math.inf

TABLES: dict[str, pa.Array] = {
    "no_rows": pa.array([], pa.float64()),
    "one_row": pa.array([1.0], pa.float64()),
    "all_null": pa.array([None] * 50, pa.float64()),
    "null_type": pa.nulls(50),
    "nan": pa.array([NAN] * 10 + [1.0] * 40, pa.float64()),
    "all_nan": pa.array([NAN] * 50, pa.float64()),
    "infinite": pa.array([INF, -INF] * 10 + [1.0] * 30, pa.float64()),
    "constant": pa.array([7] * 50, pa.int64()),
    "decimal": pa.array([Decimal("12345678901234567890.12")] * 50, pa.decimal128(38, 2)),
    "nullable_integer": pa.array([1, None] * 25, pa.int32()),
    "boolean": pa.array([True, False] * 25),
    "text": pa.array(["a", "B", "ü", "", "\U0001f600"] * 10),
    "categories": pa.array(["a", "b"] * 25).dictionary_encode(),
    "dates": pa.array([date(2026, 1, 1)] * 50),
    "zoned": pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * 50, pa.timestamp("us", "Europe/Berlin")),
    "naive": pa.array([datetime(1960, 1, 1)] * 50, pa.timestamp("ns")),  # noqa: DTZ001  a naive time is the case
    "list": pa.array([[1, 2], None] * 25),
    "struct": pa.array([{"a": 1}] * 50),
    "map": pa.array([[("a", 1)]] * 50, pa.map_(pa.string(), pa.int64())),
    "deep": pa.array([[{"a": [{"b": None}]}], [], None] * 16),
    "two_values_and_null": pa.array([True, False, None]),
    "two_null": pa.array([None, None], pa.int64()),
    "empty_lists": pa.array([[]] * 50, pa.list_(pa.null())),
    "vectors": pa.array([[0.5] * 3] * 50, pa.list_(pa.float32(), 3)),
    "binary": pa.array([b"\x00\xff"] * 50),
    "huge": pa.array([2**63 - 1, -(2**63)] * 25, pa.int64()),
    "unsigned": pa.array([2**64 - 1] * 50, pa.uint64()),
    "tiny": pa.array([5e-324, -5e-324, 0.0, -0.0, 1.7e308] * 10, pa.float64()),
    "durations": pa.array([3_600] * 50, pa.duration("s")),
}


def test_every_check_is_tried_on_the_hard_tables() -> None:
    assert {case.name() for case in CASES} == set(CHECKS)


@pytest.mark.parametrize("name", TABLES)
def test_no_check_breaks_on_a_hard_table(name: str) -> None:
    found = outcomes(pa.table({"x": TABLES[name]}))

    other_types = {"relationships", "no_overlap", "domain_classifier"}
    assert {check for check, outcome in found.items() if outcome == "error"} <= other_types


@pytest.mark.parametrize("name", [name for name in TABLES if name not in ("null_type", "durations", "categories")])
def test_a_parquet_file_gives_the_outcomes_of_the_table_in_memory(name: str, tmp_path: Path) -> None:
    table = pa.table({"x": TABLES[name]})
    pq.write_table(table, tmp_path / "hard.parquet")

    assert outcomes(tmp_path / "hard.parquet") == outcomes(table)


@pytest.mark.parametrize("name", TABLES)
def test_a_stage_compared_with_itself_never_alarms(name: str) -> None:
    table = pa.table({"x": TABLES[name]})

    found = outcomes(table, reference=table, others=table)

    assert found["drift"] in ("pass", "undecided:no_data", "undecided:too_small")
    assert [check for check, outcome in found.items() if outcome == "error"] == []


UNDECIDED_WITHOUT_ROWS = {
    "not_null": "undecided:no_data",
    "null_share": "undecided:no_data",
    "between": "undecided:no_data",
    "accepted_values": "undecided:no_data",
    "matches": "undecided:wrong_type",
    "length": "undecided:wrong_type",
    "unique": "undecided:no_data",
    "rule": "undecided:no_data",
    "relationships": "undecided:no_data",
    "freshness": "undecided:wrong_type",
    "missing_share": "undecided:no_data",
    "allowed": "undecided:no_data",
    "prior": "undecided:no_data",
    "class_rows": "undecided:no_data",
    "new_classes": "undecided:no_data",
    "label_maturity": "undecided:wrong_type",
    "proxy_agreement": "undecided:no_data",
    "annotators": "undecided:no_data",
    "label_noise": "undecided:no_data",
    "label_shift": "undecided:no_data",
    "leakage": "undecided:no_data",
    "known_before_label": "undecided:wrong_type",
    "format": "undecided:wrong_type",
    "sentinels": "undecided:no_data",
    "duplicate_rows": "undecided:no_data",
    "near_duplicates": "undecided:wrong_type",
    "conflicting_labels": "undecided:no_data",
    "no_overlap": "undecided:no_data",
    "increasing": "undecided:no_data",
    "step": "undecided:no_data",
    "precision": "undecided:no_data",
    "outlier_share": "undecided:no_data",
    "filled_share": "undecided:no_data",
    "required_when": "undecided:no_data",
    "no_gaps": "undecided:wrong_type",
    "no_personal_data": "undecided:no_data",
    "k_anonymity": "undecided:no_data",
    "drift": "undecided:no_data",
    "domain_classifier": "undecided:no_data",
    "text_drift": "undecided:wrong_type",
    "embedding_drift": "undecided:wrong_type",
    "dependence_stable": "undecided:no_data",
    "fidelity": "undecided:no_data",
    "scale_stable": "undecided:no_data",
    "on_scale": "undecided:no_data",
    "date_meaning": "undecided:no_data",
    "vocabulary": "undecided:wrong_type",
    "default_spike": "undecided:no_data",
    "swapped_columns": "undecided:no_data",
    "schema_stable": "undecided:no_reference",
    "determines": "undecided:no_data",
    "impossible_together": "undecided:no_data",
    "combinations_known": "undecided:no_data",
    "sums_to": "undecided:no_data",
    "kpi": "undecided:no_data",
    "available_within": "undecided:wrong_type",
    "cadence": "undecided:wrong_type",
    "late_rows": "undecided:wrong_type",
    "in_partition": "undecided:wrong_type",
    "restatement": "undecided:no_data",
    "correlation_stable": "undecided:no_data",
}


def test_a_table_without_rows_leaves_the_checks_of_values_undecided() -> None:
    assert outcomes(pa.table({"x": TABLES["no_rows"]})) == {
        **UNDECIDED_WITHOUT_ROWS,
        "conservation": "fail",
        "reconciled": "fail",
        "type": "pass",
        "nullable": "fail",
        "required_columns": "pass",
        "extra_columns": "pass",
        "absent_columns": "pass",
        "row_count": "fail",
    }


def test_a_table_without_rows_fails_by_the_built_in_row_count() -> None:
    report = audit(Contract(name="hard", checks=[NotNull(column="x")]), pa.table({"x": TABLES["no_rows"]}))

    assert [verdict.reason for verdict in report.verdicts] == [
        "row count is 0, outside fail [1, …]",
        "null share of 'x': the table has no rows",
    ]


def test_a_missing_column_fails_the_schema_and_leaves_every_other_check_on_it_undecided() -> None:
    found = outcomes(pa.table({"y": [1.0]}))

    assert {check for check, outcome in found.items() if outcome == "fail"} == {"required_columns", "extra_columns"}
    assert {check for check, outcome in found.items() if outcome == "pass"} == {"row_count", "absent_columns"}
    assert found.pop("schema_stable") == "undecided:no_reference"
    assert {outcome for outcome in found.values() if outcome not in ("fail", "pass")} == {"undecided:missing_column"}


@pytest.mark.parametrize("source", ["memory", "parquet"])
def test_nan_is_out_of_range_missing_and_counted_apart(source: str, tmp_path: Path) -> None:
    table = pa.table({"x": TABLES["nan"]})
    pq.write_table(table, tmp_path / "nan.parquet")
    checks = [Between(column="x", max=10), NotNull(column="x"), AcceptedValues(column="x", values=[1])]

    report = audit(Contract(name="hard", checks=checks), table if source == "memory" else tmp_path / "nan.parquet")

    assert [verdict.reason for verdict in report.verdicts[1:]] == [
        "share of rows with 'x' outside […, 10] is 0.2 (10 of 50 rows), above fail 0",
        "null share of 'x' is 0.2 (0 NULL and 10 NaN of 50 rows), above fail 0",
        "share of rows with 'x' not among 1 accepted value is 0.2 (10 of 50 rows), above fail 0",
    ]


def test_numbers_bound_no_text() -> None:
    report = audit(Contract(name="hard", checks=[Between(column="x", min=16, max=110)]), pa.table({"x": ["30"]}))

    assert [(verdict.cause, verdict.reason) for verdict in report.verdicts[1:]] == [
        ("wrong_type", "between of x: 16 in the contract is no string, the type of 'x'")
    ]


def test_a_column_without_any_type_is_undecided_for_lack_of_values() -> None:
    report = audit(
        Contract(name="hard", checks=[Type(column="x", expected="integer")]), pa.table({"x": TABLES["null_type"]})
    )

    assert report.verdicts[1].reason == "type of 'x': it has no value to tell from"


def test_names_that_are_reserved_quoted_or_strange_are_only_names() -> None:
    names = ["select", 'a "quoted" one', "semi;colon", "ünïcödé", " "]
    table = pa.table({name: [1, 2] for name in names})

    report = audit(Contract(name="hard", checks=[Between(column=name, max=1) for name in names]), table)

    assert [verdict.reason for verdict in report.verdicts[1:]] == [
        f"share of rows with '{name}' outside […, 1] is 0.5 (1 of 2 rows), above fail 0" for name in names
    ]


def test_three_thousand_columns_are_judged_in_one_report() -> None:
    table = pa.table({f"x{i}": [i] for i in range(3_000)})

    report = audit(Contract(name="hard", checks=[NotNull(column=f"x{i}") for i in range(3_000)]), table)

    assert report.counts() == {"pass": 3_001}
    assert len(json.dumps(report.summary())) <= 16_384


SECRET = "Ann-Marie Example 1972"


@pytest.mark.parametrize("shown", [False, True])
def test_a_value_of_a_row_is_shown_only_where_the_contract_allows_it(shown: bool) -> None:
    checks = [
        Matches(column="name", pattern="[a-z]+"),
        AcceptedValues(column="name", values=["x"]),
        Length(column="name", max=3),
        Type(column="name", expected="integer"),
        Unique(column="name"),
        Rule(rule="name = 'x'"),
    ]
    contract = Contract(name="people", checks=checks, key=("name",), samples=frozenset({"name"} if shown else ()))

    report = audit(contract, pa.table({"name": [SECRET, SECRET]}))

    assert report.decision.action.value == "stop"
    assert all(verdict.examples for verdict in report.verdicts[1:])
    assert (SECRET in report.dumps()) is shown
