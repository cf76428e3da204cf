"""The example that profiles a table of PostgreSQL, run by a real Airflow against a real PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from airflow_mlquality.store import Store
from scripts.flight_data import CLEAN_DAY, DIRTY_DAY, lay_out
from scripts.real_airflow import DAGS, environment

if TYPE_CHECKING:
    from tests.servers import Postgres

pytestmark = pytest.mark.end_to_end


class Warehouse:
    """An Airflow without scheduler: `airflow dags test` runs a DAG to its end in a process of its own."""

    def __init__(self, home: Path, postgres: Postgres) -> None:
        self.home = home
        self.environment = {
            **environment(home, "http://127.0.0.1:1", 1, lay_out(home / "data"), DAGS),
            "AIRFLOW_CONN_WAREHOUSE": postgres.uri,
        }
        self.airflow("db", "migrate")

    def airflow(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "airflow", *arguments],
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    def run(self, day: str) -> str:
        return self.airflow("dags", "test", "05_warehouse", "--conf", f'{{"day": "{day}"}}')

    @property
    def store(self) -> Store:
        return Store(Path(self.environment["AIRFLOW__MLQUALITY__STORE"]))


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Warehouse:
    return Warehouse(tmp_path_factory.mktemp("warehouse"), postgres)


def outcome(report: Path) -> dict[str, str]:
    import json

    verdicts = json.loads(report.read_text(encoding="utf-8"))["verdicts"]
    return {verdict["id"]: verdict["outcome"] for verdict in verdicts}


def test_files_are_held_against_a_profile_that_was_taken_in_the_database(warehouse: Warehouse) -> None:
    reports = warehouse.home / "reports" / "runs"

    clean = warehouse.run(CLEAN_DAY)
    first = set(reports.rglob("*gate_day*/**/*.json"))
    dirty = warehouse.run(DIRTY_DAY)
    (second,) = set(reports.rglob("*gate_day*/**/*.json")) - first
    (found,) = first

    assert "trained" in clean
    assert "trained" not in dirty
    assert {name: result for name, result in outcome(found).items() if name.startswith("drift.")} == {
        "drift.carrier": "pass",
        "drift.origin": "pass",
        "drift.air_time": "pass",
        "drift.distance": "pass",
    }
    assert outcome(second)["drift.air_time"] == "fail"
    assert outcome(second)["drift.origin"] == "fail"


def test_the_profile_of_the_table_has_every_row_and_names_the_table(warehouse: Warehouse, postgres: Postgres) -> None:
    profile = warehouse.store.latest_profile("warehouse_flights")

    assert profile is not None
    assert profile.source == "warehouse:analytics.flights"
    assert profile.rows == postgres.rows("SELECT count(*) FROM analytics.flights")[0][0]
