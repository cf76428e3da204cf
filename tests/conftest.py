"""What all tests share: an Airflow home of their own, and how hypothesis draws."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from tests.servers import MariaDB, Postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

collect_ignore = ["e2e/faulty_dags", "shell/model_service.py"]
"""Programs that tests start; no modules with examples."""

# Before the first import of Airflow anywhere: it reads its configuration once, and must not read a person's.
for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
    del os.environ[name]
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="mlquality-tests-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "True"
os.environ["AIRFLOW__OPENLINEAGE__DISABLED"] = "True"  # its listener makes every task longer; test_lineage turns it on

settings.register_profile(
    "checkout",
    deadline=None,  # a busy machine is no failure
    derandomize=True,  # the same examples everywhere; a failure is never somebody else's luck
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("checkout")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL that is there for the tests alone."""
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """A MariaDB that is there for the tests alone."""
    with MariaDB() as server:
        yield server


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A Spark session of this process, for the tests alone."""
    from tests.engines.spark_session import local_spark

    with local_spark() as session:
        yield session
