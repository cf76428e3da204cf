"""A real Airflow of its own for the tests of the shell: a folder, a database, no DAG folder's worth of DAGs."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import pytest

HOME = Path(os.environ["AIRFLOW_HOME"])  # made by tests/conftest.py
os.environ.update(
    {
        "AIRFLOW__CORE__DAGS_FOLDER": str(HOME / "dags"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME / 'airflow.db'}",
        "AIRFLOW__API__BASE_URL": "http://airflow.test:8080/team-a/af",
        "AIRFLOW__API_AUTH__JWT_SECRET": "only for these tests; long enough for every algorithm that signs with a key",
        "AIRFLOW__CORE__AUTH_MANAGER": "tests.shell.auth_manager.ReaderOfOneDag",
        "AIRFLOW__MLQUALITY__STORE": str(HOME / "quality"),
    }
)


@pytest.fixture(scope="session", autouse=True)
def airflow_database():
    """One migrated database for all tests of the shell."""
    (HOME / "dags").mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True)


@pytest.fixture(scope="package", autouse=True)
def impatience():
    """Let `dag.test` look at once which tasks are next, where it pauses for a second."""
    sleep = time.sleep

    def shorter(seconds):
        frame = inspect.currentframe()
        is_airflows = frame.f_back.f_globals["__name__"] == "airflow.sdk.definitions.dag"
        sleep(seconds / 50 if is_airflows else seconds)

    with mock.patch("time.sleep", shorter):
        yield


CONTRACT = {"version": 1, "contract": "people", "columns": {"age": {"between": {"min": 16, "max": 110}}}}


@pytest.fixture
def good(tmp_path):
    """Rows that keep the contract."""
    path = tmp_path / "good.csv"
    path.write_text("id,age,city\n" + "".join(f"{n},{20 + n},Oslo\n" for n in range(1, 6)))
    return str(path)


@pytest.fixture
def bad(tmp_path):
    """Rows of which one breaks the contract."""
    path = tmp_path / "bad.csv"
    path.write_text("id,age,city\n1,21,Oslo\n2,98765,Rome\n3,23,Oslo\n")
    return str(path)


@pytest.fixture
def contract():
    """A contract about ages."""
    return CONTRACT


@pytest.fixture
def dag(request):
    """An empty DAG of that test's own."""
    from datetime import UTC, datetime

    from airflow.sdk import DAG

    name = re.sub(r"\W+", ".", request.node.name).strip(".")
    return DAG(name, schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC))


class Ended:
    """A callback that remembers how a task ended."""

    def __call__(self, context):
        self.context = context


@pytest.fixture
def ended():
    """A callback that remembers how a task ended."""
    return Ended()


AIRFLOW_WARNS = [
    "ignore:Using `httpx` with `starlette.testclient` is deprecated",  # Airflow imports FastAPI's test client
]


def pytest_collection_modifyitems(items):
    """Let warnings of Airflow's own pass; ours stay errors."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for warning in AIRFLOW_WARNS:
                item.add_marker(pytest.mark.filterwarnings(warning))
