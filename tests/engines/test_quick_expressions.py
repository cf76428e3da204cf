"""What is written in another way for DuckDB means the same, and the facts of groups and examples stay as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_mlquality.audit import audit
from airflow_mlquality.engines.dialects.duckdb_quick import PATTERNS as FASTER
from airflow_mlquality.engines.dialects.duckdb_quick import quick
from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.measuring import measure
from airflow_mlquality.engines.opening import engine_for
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.measurements import in_groups, sql
from airflow_mlquality.measurements.counts import STAGE
from airflow_mlquality.measurements.texts import TRAITS

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = st.lists(st.none() | st.text("aZ09 \n\r\t.-_é\u0130\u1e9eßŒ日\U0001f600", max_size=6), max_size=20)


@given(texts=TEXTS)
def test_patterns_match_the_same_texts(texts: list[str | None]) -> None:
    patterns = [sql.text(sql.literal(pattern)) for pattern in TRAITS.values()]
    plain = [sql.text(sql.condition(f"REGEXP_MATCHES(t, {pattern})")) for pattern in patterns]
    faster = [sql.text(quick(sql.condition(each))) for each in plain]
    assert sum(one != other for one, other in zip(plain, faster, strict=True)) == len(FASTER)
    table = duckdb.sql("SELECT UNNEST($1::VARCHAR[]) AS t", params=[texts])
    assert table.project(", ".join(plain)).fetchall() == table.project(", ".join(faster)).fetchall()


@given(numbers=st.lists(st.floats(min_value=5e-324, allow_infinity=False, allow_nan=False), min_size=1, max_size=50))
def test_a_logarithm_to_the_base_ten_is_the_same_to_the_last_bit(numbers: list[float]) -> None:
    plain = sql.text(sql.condition("LOG(10, x)"))
    faster = sql.text(quick(sql.condition("LOG(10, x)")))
    assert faster != plain
    table = duckdb.sql("SELECT UNNEST($1::DOUBLE[]) AS x", params=[numbers])
    assert table.project(plain).fetchall() == table.project(faster).fetchall()


def test_a_pattern_that_is_not_known_stays_as_it_is() -> None:
    tree = sql.condition("REGEXP_MATCHES(a, '[A-Y]') AND LOG(2, b) > 1")
    assert sql.text(quick(tree)) == sql.text(tree)


def test_groups_by_a_constant_are_one_group() -> None:
    source = pa.table({"a": [1, 2, 3]})
    asked = in_groups(["'all'"], 'SUM("a")')
    with engine_for(source, Settings()) as engine:
        facts, failures = measure(engine, engine.open(STAGE, source, Reading()), [asked])
    assert not failures
    assert facts[asked].rows == (("all", 3, 6),)


@pytest.mark.parametrize("wrong", [[0, 1, 2, 3, 4], [9_999, 10_000, 10_001, 20_000, 260_000], [260_000, 270_000]])
def test_examples_are_the_first_rows_wherever_they_lie(wrong: list[int], tmp_path: Path) -> None:
    values = [1] * 280_000
    for row in wrong:
        values[row] = 99
    pq.write_table(pa.table({"a": values}), tmp_path / "a.parquet")
    contract = tmp_path / "c.yaml"
    contract.write_text("version: 1\ncontract: c\ncolumns:\n  a: {between: {min: 0, max: 9}}\n", encoding="utf-8")
    (verdict,) = [each for each in audit(contract, tmp_path / "a.parquet").verdicts if each.examples]
    assert [each.where for each in verdict.examples] == [f"a.parquet row {row + 1}" for row in wrong]
