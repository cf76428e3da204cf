"""What all tests share: an Airflow home of their own, and how hypothesis draws."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from tests.servers import MariaDB, Postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xdist.scheduler import LoadScopeScheduling

collect_ignore = ["e2e/faulty_dags", "shell/model_service.py"]
"""Programs that tests start; no modules with examples."""

END_TO_END = "tests/e2e/"

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


def place_of(nodeid: str) -> str:
    """Return what has to run in one process: a file, or all that share a real Airflow."""
    file = nodeid.split("::", 1)[0]
    return END_TO_END if file.startswith(END_TO_END) else file


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what waits most begin first, then the places with most tests: the processes end at about the same time."""
    sizes = Counter(place_of(item.nodeid) for item in items)
    items.sort(key=lambda item: (place_of(item.nodeid) != END_TO_END, -sizes[place_of(item.nodeid)]))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """Share tests among processes by places."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByPlace(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return place_of(nodeid)

    return ByPlace(config, log)


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
