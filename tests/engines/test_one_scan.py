"""However many checks a contract has, the rows are read once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import AcceptedValues, Between, Check, Drift, NotNull, Prior, Rule, Unique
from airflow_mlquality.contract import Contract
from airflow_mlquality.engines.embedded.connection import Embedded

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 2_000


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Statements that read a stage, each with how many table scans DuckDB's own plan of it has."""
    seen: list[tuple[str, int]] = []
    plain = Embedded.measure

    def watched(self: Embedded, statement: str) -> Any:
        seen.append((statement, _scans(self, statement)))
        return plain(self, statement)

    monkeypatch.setattr(Embedded, "measure", watched)
    return seen


def _scans(connection: Embedded, statement: str) -> int:
    ((_, explained),) = connection.run(f"EXPLAIN (FORMAT json) {statement}")
    return sum("READ_PARQUET" in node["name"] for node in _nodes(json.loads(explained)))


def _nodes(trees: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [node for tree in trees for node in (tree, *_nodes(tree.get("children", [])))]


def written(folder: Path) -> Path:
    path = folder / "rows.parquet"
    table = {f"x{i}": [float(row % (i + 7)) for row in range(ROWS)] for i in range(10)}
    pq.write_table(pa.table({"id": range(ROWS), "kind": ["a", "b"] * (ROWS // 2), **table}), path)
    return path


def many_checks() -> list[Check]:
    checks: list[Check] = [Unique(column="id"), AcceptedValues(column="kind", values=["a", "b"])]
    checks += [NotNull(column=f"x{i}") for i in range(10)]
    checks += [Between(column=f"x{i}", min=0, max=100) for i in range(10)]
    checks += [Rule(id=f"rule{i}", rule=f"x{i} >= 0") for i in range(10)]
    checks += [Prior(column="kind", expected={"a": 0.5, "b": 0.5})]
    return checks


def test_thirty_checks_that_pass_read_the_rows_once(tmp_path: Path, statements: list[tuple[str, int]]) -> None:
    report = audit(Contract(name="wide", checks=many_checks()), written(tmp_path))

    assert report.outcome.value == "pass"
    assert [scans for _, scans in statements] == [1]
    assert report.cost.scans == 1


def test_checks_that_fail_read_the_rows_once_more_for_all_examples(
    tmp_path: Path, statements: list[tuple[str, int]]
) -> None:
    checks = [*many_checks(), *(Between(id=f"tight{i}", column=f"x{i}", max=1) for i in range(10))]

    report = audit(Contract(name="wide", checks=checks), written(tmp_path))

    assert [scans for _, scans in statements] == [1, 1]
    assert [len(verdict.examples) for verdict in report.verdicts if verdict.id.startswith("tight")] == [5] * 10


def test_drift_against_a_reference_profile_reads_only_the_current_rows_once(
    tmp_path: Path, statements: list[tuple[str, int]]
) -> None:
    path = written(tmp_path)
    contract = Contract(name="wide", checks=[*many_checks(), Drift()])
    first = audit(contract, path)
    statements.clear()

    second = audit(contract, path, reference=first.profile)

    assert second.outcome.value == "pass"
    assert [scans for _, scans in statements] == [1]


def test_a_first_run_takes_a_sample_for_its_bins_and_then_reads_once(
    tmp_path: Path, statements: list[tuple[str, int]]
) -> None:
    audit(Contract(name="wide", checks=[Drift()]), written(tmp_path))

    assert [scans for _, scans in statements] == [1, 1]
    assert statements[0][0].startswith("CREATE OR REPLACE TEMP TABLE mlquality_sample")
