"""The example that gates a lake, run by a real Airflow with a real Spark in the task."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from scripts.flight_data import CLEAN_DAY, DIRTY_DAY, lay_out
from scripts.real_airflow import DAGS, environment
from tests.engines.spark_session import settings

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.end_to_end

# what `airflow dags test` does, for one day after the other in one process, so that Java starts once
PROGRAM = """
import json, sys
from airflow.__main__ import main
for arguments in [["db", "migrate"], *(
    ["dags", "test", "06_spark", "--conf", json.dumps({"day": day})] for day in sys.argv[1:]
)]:
    print("=== next", flush=True)
    sys.argv = ["airflow", *arguments]
    main()
"""


@dataclass(frozen=True)
class Day:
    """What became of a day: all that was logged, and the report that the gate left."""

    log: str
    report: dict[str, Any]

    @property
    def outcomes(self) -> dict[str, str]:
        return {verdict["id"]: verdict["outcome"] for verdict in self.report["verdicts"]}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lake")


@pytest.fixture(scope="module")
def days(home: Path) -> dict[str, Day]:
    """The clean day and the dirty one, each added to the lake and gated there."""
    spark = {"conn_type": "spark", "host": "local[2]", "extra": settings(home)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, CLEAN_DAY, DIRTY_DAY],
        env={
            **environment(home, "http://127.0.0.1:1", 1, lay_out(home / "data"), DAGS),
            "AIRFLOW_CONN_SPARK_DEFAULT": json.dumps(spark),
            "SPARK_LOCAL_IP": "127.0.0.1",
        },
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    _, _, *logs = done.stdout.split("=== next")
    texts = [path.read_text(encoding="utf-8") for path in (home / "reports" / "runs").rglob("*.json")]
    reports = sorted(map(json.loads, texts), key=lambda report: report["started_at"])
    return {day: Day(*each) for day, each in zip((CLEAN_DAY, DIRTY_DAY), zip(logs, reports, strict=True), strict=True)}


def test_a_partition_of_a_lake_is_gated_where_it_lies(days: dict[str, Day], home: Path) -> None:
    clean = days[CLEAN_DAY]

    assert clean.report["profile"]["source"] == f"spark_default:{home}/data/lake/flights"
    assert clean.report["decision"]["action"] == "proceed"
    assert set(clean.outcomes.values()) <= {"pass", "warn", "undecided"}
    assert clean.outcomes["tailnum.relationships"] == "pass"
    assert clean.outcomes["drift.air_time"] == "pass"
    assert "trained" in clean.log


def test_a_partition_that_breaks_the_contract_stops_training(days: dict[str, Day]) -> None:
    dirty = days[DIRTY_DAY]

    assert [dirty.outcomes[name] for name in ("air_time.between", "origin.accepted_values")] == ["fail", "fail"]
    assert [dirty.outcomes[name] for name in ("drift.air_time", "drift.origin")] == ["fail", "fail"]
    assert "trained" not in dirty.log


def test_no_value_that_the_contract_does_not_release_is_in_a_log(days: dict[str, Day], home: Path) -> None:
    header, *rows = (home / "data" / "days" / f"{DIRTY_DAY}.csv").read_text(encoding="utf-8").splitlines()
    tail_numbers = {row.split(",")[header.split(",").index("tailnum")] for row in rows} - {"NA"}

    assert len(tail_numbers) > 500
    assert [number for number in tail_numbers if number in days[DIRTY_DAY].log] == []
