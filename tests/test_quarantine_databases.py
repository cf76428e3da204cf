"""Rows of a database are put apart where they are: in one transaction, again and again with the same result."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from airflow_mlquality.audit import audit
from airflow_mlquality.engines.sources import Database
from airflow_mlquality.errors import EngineError, UsageError
from airflow_mlquality.quarantine import quarantine
from airflow_mlquality.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

CONTRACT = {
    "version": 1,
    "contract": "orders",
    "columns": {
        "id": {"type": "integer", "not_null": True, "unique": True},
        "city": {"type": "string", "accepted_values": ["Oslo", "Rome's \\ % end"]},
        "price": {"between": {"min": 0, "max": 100}},
    },
    "rows": [{"id": "cheap,in 'Oslo'", "rule": "city <> 'Oslo' or price < 50"}],
}
ROWS = [
    (1, "Oslo", 10.5, "2026-01-01"),
    (2, "oslo", 10.0, "2026-01-01"),
    (3, "Oslo", 430.0, "2026-01-01"),
    (3, "Oslo", 20.0, "2026-01-01"),
    (4, "Rome's \\ % end", 30.0, "2026-01-02"),
    (None, "Oslo", 1.0, "2026-01-02"),
    (5, None, None, "2026-01-02"),
]
MAKE = "CREATE TABLE orders (id integer, city varchar(40), price double precision, day varchar(10))"
KEPT, LOST = 4, 3
"""Orders 1, 3, 4 and 5 are kept; of the two with number 3 the one that breaks nothing else."""


class Shop:
    """A database with the table of orders."""

    def __init__(self, connect: Callable[[], Any], dialect: str, mark: str) -> None:
        self.connect, self.dialect = connect, dialect
        for table in ("orders", "good", "bad"):
            self.do(f"DROP TABLE IF EXISTS {table}")
        self.do(MAKE)
        for row in ROWS:
            self.do("INSERT INTO orders VALUES (?, ?, ?, ?)".replace("?", mark), row)

    def do(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        connection = self.connect()
        try:
            cursor = connection.cursor()
            cursor.execute(statement, values)
            found = cursor.fetchall() if cursor.description else []
            connection.commit()
        finally:
            connection.close()
        return [tuple(row) for row in found]

    def table(self, name: str, **options: Any) -> Database:
        return Database(connect=self.connect, dialect=self.dialect, table=name, **options)

    def split(self, **options: Any) -> Any:
        return quarantine(CONTRACT, self.table("orders"), "good", "bad", **{"ceiling": 1.0, **options})


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
def shop(request: pytest.FixtureRequest, tmp_path: Any) -> Shop:
    if request.param == "sqlite":
        return Shop(lambda: sqlite3.connect(tmp_path / "shop.db"), "sqlite", "?")
    server = request.getfixturevalue(request.param)
    return Shop(server.connector, {"mariadb": "mysql"}.get(request.param, request.param), "%s")


def test_rows_are_put_apart_and_the_counts_add_up(shop: Shop) -> None:
    done = shop.split()

    assert (done.rows, done.kept, done.lost) == (7, KEPT, LOST)
    assert sum(done.lost_by_reason.values()) == done.lost
    assert {name: each.rows for name, each in done.reasons.items() if each.rows} == {
        "id.not_null": 1,
        "id.unique": 1,
        "city.accepted_values": 1,
        "price.between": 1,
        "cheap,in 'Oslo'": 1,
    }
    assert sorted(shop.do("SELECT id, price FROM good WHERE id < 5")) == [(1, 10.5), (3, 20.0), (4, 30.0)]
    assert shop.do("SELECT COUNT(*) FROM bad") == [(LOST,)]
    assert shop.do("SELECT quarantine_reasons FROM bad WHERE city = 'oslo' AND id = 2") == [("city.accepted_values",)]
    (reasons,) = shop.do("SELECT quarantine_reasons FROM bad WHERE price > 400")
    assert reasons[0].startswith("price.between, cheap,in 'Oslo'")


def test_kept_rows_pass_when_they_are_audited_again(shop: Shop) -> None:
    done = shop.split()
    report = audit(CONTRACT, shop.table("good"))

    assert {each.outcome for each in report.verdicts if each.id in done.reasons} == {Outcome.PASS}
    assert report.rows == KEPT


def test_a_run_that_is_repeated_replaces_its_output(shop: Shop) -> None:
    once, twice = shop.split(), shop.split()

    assert once.reasons == twice.reasons
    assert shop.do("SELECT COUNT(*) FROM good") == [(KEPT,)]
    assert shop.do("SELECT COUNT(*) FROM bad") == [(LOST,)]


def test_of_a_partition_only_its_rows_are_replaced(shop: Shop) -> None:
    shop.split()
    shop.do("DELETE FROM orders WHERE id = 1 OR id = 5")
    done = shop.split(partition={"day": "2026-01-02"})

    assert (done.rows, done.lost) == (2, 1)
    assert sorted(shop.do("SELECT id FROM good")) == [(1,), (3,), (4,)]
    assert shop.do("SELECT COUNT(*) FROM bad") == [(LOST,)]


def test_above_the_ceiling_nothing_changes(shop: Shop) -> None:
    shop.split()
    shop.do("DELETE FROM orders WHERE id = 1")
    done = shop.split(ceiling=0.2)

    assert done.stopped.startswith("3 of 6 rows (50.00 %) would be lost, above the ceiling of 20 %")
    assert shop.do("SELECT COUNT(*) FROM good") == [(KEPT,)]


def test_a_table_that_rows_do_not_fit_in_leaves_both_as_they_were(shop: Shop) -> None:
    shop.do("CREATE TABLE bad (id integer)")
    shop.do("INSERT INTO bad VALUES (77)")
    with pytest.raises(EngineError):
        shop.split()

    assert shop.do("SELECT id FROM bad") == [(77,)]
    tables = {
        "sqlite": "SELECT COUNT(*) FROM sqlite_master WHERE name = 'good'",
        "postgres": "SELECT COUNT(*) FROM pg_tables WHERE tablename = 'good'",
        "mysql": "SELECT COUNT(*) FROM good",  # there making a table cannot be taken back
    }
    assert shop.do(tables[shop.dialect]) == [(0,)]


def test_the_source_is_no_place_for_the_rows(shop: Shop) -> None:
    with pytest.raises(UsageError, match="orders: it is the same as source"):
        quarantine(CONTRACT, shop.table("orders"), "orders", "bad")


def test_other_databases_are_refused_by_name() -> None:
    with pytest.raises(UsageError, match="its rows cannot be put apart"):
        quarantine(CONTRACT, Database(connect=lambda: None, dialect="snowflake", table="orders"), "good", "bad")
