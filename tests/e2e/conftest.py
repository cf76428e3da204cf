"""One real Airflow that all these tests share: every example, and DAGs in which something breaks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scripts.flight_data import lay_out
from scripts.real_airflow import COMPONENTS, DAGS, TRIGGERER, RealAirflow
from tests.servers import Postgres
from tests.shell.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAYED = (
    "01_gate",
    "02_fallback_model",
    "03_drift_between_stages",
    "04_python_only",
    "08_wait_for_good_data",
    "09_retrain_when_the_world_moved",
    "10_on_a_gate",
    "11_model_fallback",
    "12_quarantine",
    "13_taskflow",
    "14_stage_accounting",
    "15_alerts",
    "16_ask_a_human",
    "17_only_good_partitions",
    "17_per_good_day",
    "18_serve",
    "18_retrain",
    "killed_good",
    "killed_bad",
    "two_at_once",
    "waits",
    "database",
)
FAULTY_DAGS = Path(__file__).parent / "faulty_dags"
SECONDS_TO_PARSE = 300.0


@pytest.fixture(scope="package")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """Where the alerts of the examples arrive."""
    with Receiver(tmp_path_factory.mktemp("chat")) as receiver:
        yield receiver


@pytest.fixture(scope="package")
def airflow(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, chat: Receiver) -> Iterator[RealAirflow]:
    """Every component of an Airflow, with a PostgreSQL of its own behind them; `warehouse` is another one."""
    home = tmp_path_factory.mktemp("airflow")
    running = RealAirflow(home, lay_out(home / "data"), dags=together(home / "dags", DAGS, FAULTY_DAGS))
    with Postgres() as metadata:
        running.environment |= {
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata.sqlalchemy,
            "AIRFLOW_CONN_QUALITY_CHAT": chat.connection(),
            "AIRFLOW_CONN_WAREHOUSE": postgres.uri,
        }
        try:
            running.start({**COMPONENTS, **TRIGGERER})
            running.wait_for_dags(PLAYED, SECONDS_TO_PARSE)
            yield running
        finally:
            running.stop()


def together(target: Path, *folders: Path) -> Path:
    """Make one folder of DAGs of several."""
    target.mkdir()
    for folder in folders:
        for path in folder.iterdir():
            if path.name != "__pycache__":
                (target / path.name).symlink_to(path)
    return target
