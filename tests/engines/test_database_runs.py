"""A run on a database from its begin to its end, however it ends: one snapshot, read only, nothing left running."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from airflow_mlquality.audit import audit
from airflow_mlquality.engines.database.connection import DatabaseEngine
from airflow_mlquality.engines.engine import stop_running
from airflow_mlquality.engines.sources import Database
from airflow_mlquality.errors import CancelledError, EngineError, LostError
from tests.servers import Postgres

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers import MariaDB

SLOW = "SELECT n, pg_sleep(0.02)::text AS slept FROM generate_series(1, 100000) n"
CONTRACT = {"version": 1, "contract": "slow", "columns": {"slept": {"not_null": True}}}
COMMENT = "mlquality dag=d task=t run=r try=1"


def of(server: Postgres, **where: str) -> Database:
    return Database(connect=server.connect, dialect="postgres", name="warehouse", comment=COMMENT, **where)


def running(server: Postgres) -> list[str]:
    """Return the statements of ours that the server is at."""
    found = server.rows("SELECT query FROM pg_stat_activity WHERE state <> 'idle' AND query LIKE '%pg_sleep(0.02)%'")
    return [query for (query,) in found if "pg_stat_activity" not in query]


def until(happens: Callable[[], Any], seconds: float = 15.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := happens()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return found


@pytest.fixture
def numbers(postgres: Postgres) -> Postgres:
    postgres.execute("DROP TABLE IF EXISTS numbers", "CREATE TABLE numbers AS SELECT n FROM generate_series(1, 10) n")
    return postgres


# ---- begin ----


def test_a_database_that_is_not_there_is_an_error_of_the_source() -> None:
    import psycopg2

    def connect() -> Any:
        return psycopg2.connect(host="127.0.0.1", port=1, user="secret", password="hidden", connect_timeout=5)

    (verdict,) = audit(CONTRACT, Database(connect=connect, dialect="postgres", table="x", name="nowhere")).verdicts

    assert (verdict.outcome.value, verdict.id) == ("error", "source")
    assert verdict.reason.startswith("source nowhere:x: cannot connect: OperationalError: connection to server at …")
    assert "hidden" not in verdict.reason


def test_a_database_of_a_kind_that_is_not_known_is_named() -> None:
    (verdict,) = audit(CONTRACT, Database(connect=list, dialect="postgers", table="x")).verdicts

    assert "the database dialect 'postgers' is not known. Did you mean 'postgres'?" in verdict.reason


# ---- the same rows ----


def counted_before_and_after(source: Database, change: Callable[[], None]) -> tuple[list[Any], list[Any]]:
    with DatabaseEngine(source) as engine:
        before = engine.run("SELECT COUNT(*) FROM numbers")
        change()
        with pytest.raises(EngineError):
            engine.run("SELECT nothing FROM numbers")
        return before, engine.run("SELECT COUNT(*) FROM numbers")


@pytest.mark.parametrize("driver", ["connect", "connect_3"])
def test_postgresql_shows_one_snapshot_from_the_first_statement_to_the_last(numbers: Postgres, driver: str) -> None:
    source = Database(connect=getattr(numbers, driver), dialect="postgres", table="numbers")

    assert counted_before_and_after(source, lambda: numbers.execute("DELETE FROM numbers")) == ([(10,)], [(10,)])
    assert numbers.rows("SELECT count(*) FROM numbers") == [(0,)]


@pytest.mark.parametrize("driver", ["connect", "connect_connector"])
def test_mariadb_shows_one_snapshot_from_the_first_statement_to_the_last(mariadb: MariaDB, driver: str) -> None:
    mariadb.execute(
        "DROP TABLE IF EXISTS numbers", "CREATE TABLE numbers (n int)", "INSERT INTO numbers VALUES (1), (2)"
    )
    source = Database(connect=getattr(mariadb, driver), dialect="mysql", table="numbers")

    assert counted_before_and_after(source, lambda: mariadb.execute("DELETE FROM numbers")) == ([(2,)], [(2,)])


def test_sqlite_shows_one_snapshot_from_the_first_statement_to_the_last(tmp_path: Path) -> None:
    path = tmp_path / "numbers.db"

    def execute(*statements: str) -> None:
        connection = sqlite3.connect(path)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    execute("PRAGMA journal_mode = WAL", "CREATE TABLE numbers (n INTEGER)", "INSERT INTO numbers VALUES (1), (2)")
    source = Database(connect=lambda: sqlite3.connect(path), dialect="sqlite", table="numbers")

    assert counted_before_and_after(source, lambda: execute("DELETE FROM numbers")) == ([(2,)], [(2,)])


# ---- read only ----


@pytest.mark.parametrize(
    "query",
    [
        "SELECT nextval('counted') AS n",
        "SELECT write_it() AS n",
        "SELECT setval('counted', 7) AS n",
    ],
)
def test_a_query_that_writes_by_a_function_is_refused_by_the_transaction(numbers: Postgres, query: str) -> None:
    numbers.execute(
        "DROP SEQUENCE IF EXISTS counted",
        "CREATE SEQUENCE counted",
        "CREATE OR REPLACE FUNCTION write_it() RETURNS integer LANGUAGE sql AS "
        "$$ INSERT INTO numbers VALUES (99) RETURNING n $$",
    )
    contract = {"version": 1, "contract": "writes", "columns": {"n": {"not_null": True}}}
    outcomes = {verdict.outcome.value for verdict in audit(contract, of(numbers, query=query)).verdicts}

    assert "error" in outcomes
    assert numbers.rows("SELECT is_called FROM counted") == [(False,)]
    assert numbers.rows("SELECT count(*) FROM numbers") == [(10,)]


def test_nothing_can_be_written_on_the_connection_of_a_run(numbers: Postgres, mariadb: MariaDB, tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    sources = (
        of(numbers, table="numbers"),
        Database(connect=mariadb.connect, dialect="mysql", table="numbers"),
        Database(connect=lambda: sqlite3.connect(path), dialect="sqlite", table="numbers"),
    )
    for source in sources:
        with DatabaseEngine(source) as engine, pytest.raises(EngineError):
            engine.run("CREATE TABLE written (n integer)")


# ---- who asks ----


def test_every_statement_says_whose_it_is(postgres: Postgres) -> None:
    told: list[str] = []

    def watch() -> None:
        told.extend(until(lambda: running(postgres)))
        stop_running()

    watcher = threading.Thread(target=watch)
    watcher.start()
    with pytest.raises(CancelledError):
        audit(CONTRACT, of(postgres, query=SLOW))
    watcher.join()

    assert all(statement.startswith(f"/* {COMMENT} */ ") for statement in told)


def test_a_comment_cannot_be_ended_by_what_stands_in_it(numbers: Postgres) -> None:
    source = Database(
        connect=numbers.connect, dialect="postgres", table="numbers", comment="task=*/ DROP TABLE numbers; /* %s \n é"
    )

    assert audit({"version": 1, "contract": "n"}, source).profile.rows == 10


# ---- cancelled ----


def test_a_run_that_is_stopped_leaves_no_statement_and_no_connection_behind(postgres: Postgres) -> None:
    before = postgres.rows("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
    threading.Timer(1.0, stop_running).start()
    with pytest.raises(CancelledError, match=r"nothing is judged, nothing is decided"):
        audit(CONTRACT, of(postgres, query=SLOW))

    until(lambda: not running(postgres), 5)
    until(
        lambda: postgres.rows("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'") == before
    )


def test_mariadb_is_told_by_another_connection(mariadb: MariaDB) -> None:
    slow = "SELECT seq AS slept FROM seq_1_to_100000 WHERE SLEEP(0.01 + 0 * seq) = 0"
    source = Database(connect=mariadb.connect, dialect="mysql", query=slow, comment=COMMENT)

    def running_there() -> list[Any]:
        return mariadb.rows("SELECT 1 FROM information_schema.processlist WHERE info LIKE '/* mlquality%SLEEP(0.01 +%'")

    def stop() -> None:
        until(running_there)
        stop_running()

    threading.Thread(target=stop).start()
    with pytest.raises(CancelledError):
        audit(CONTRACT, source)

    until(lambda: not running_there(), 5)


def test_sqlite_is_interrupted(tmp_path: Path) -> None:
    slow = (
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000000000) SELECT n AS slept FROM c"
    )
    source = Database(connect=lambda: sqlite3.connect(tmp_path / "x.db"), dialect="sqlite", query=slow)
    threading.Timer(1.0, stop_running).start()
    started = time.monotonic()
    with pytest.raises(CancelledError):
        audit(CONTRACT, source)

    assert time.monotonic() - started < 10


PROGRAM = """
import signal, sys
from airflow_mlquality.audit import audit
from airflow_mlquality.engines.engine import stop_running
from airflow_mlquality.engines.sources import Database
import psycopg2

if {handles}:
    signal.signal(signal.SIGTERM, lambda *_: stop_running())  # as Airflow's runner of tasks calls on_kill
source = Database(connect=lambda: psycopg2.connect({dsn!r}), dialect="postgres", query={query!r}, comment={comment!r})
audit({contract!r}, source)
"""


@pytest.mark.parametrize(
    ("sent", "handles", "says"),
    [
        (signal.SIGTERM, True, "CancelledError"),
        (signal.SIGINT, False, "KeyboardInterrupt"),
        (signal.SIGKILL, False, ""),  # no Python hears it: the server looks for its client now and then
    ],
)
def test_a_process_that_is_killed_leaves_no_statement_behind(
    postgres: Postgres, sent: signal.Signals, handles: bool, says: str
) -> None:
    dsn = f"host=127.0.0.1 port={postgres.port} user=mlquality dbname=mlquality"
    code = textwrap.dedent(PROGRAM).format(handles=handles, dsn=dsn, query=SLOW, comment=COMMENT, contract=CONTRACT)
    process = subprocess.Popen(
        [sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2], env=os.environ
    )
    until(lambda: running(postgres))
    process.send_signal(sent)
    _, said = process.communicate(timeout=15)

    assert says in said
    assert process.returncode != 0
    until(lambda: not running(postgres), 10)


# ---- lost ----


def test_a_connection_that_an_administrator_ends_is_an_error_of_the_source_at_once(postgres: Postgres) -> None:
    def end() -> None:
        until(lambda: running(postgres))
        postgres.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '/* mlquality%pg_sleep%'"
        )

    threading.Thread(target=end).start()
    report = audit(CONTRACT, of(postgres, query=SLOW))
    (verdict,) = report.verdicts

    assert (verdict.id, verdict.outcome.value, report.decision.action.value) == ("source", "error", "stop")
    assert verdict.reason.startswith("source warehouse:query: the connection was lost: ")


def test_a_server_that_stops_is_asked_nothing_more() -> None:
    with Postgres() as server, DatabaseEngine(of(server, query=SLOW)) as engine:
        threading.Timer(1.0, server.stop).start()
        with pytest.raises(LostError):
            engine.run(SLOW)
        asked = engine.queries
        with pytest.raises(LostError):
            engine.run("SELECT 1")

        assert engine.queries == asked


def test_the_message_of_a_failure_holds_no_value_of_a_row(numbers: Postgres) -> None:
    with DatabaseEngine(of(numbers, table="numbers")) as engine, pytest.raises(EngineError) as failed:
        engine.run("SELECT 'Ann Lee'::integer FROM numbers")

    assert str(failed.value) == (
        "the engine could not measure this: InvalidTextRepresentation: invalid input syntax for type integer: …"
    )
