# ruff: noqa: S608  the statements are of tables that the tests make
"""Tables and queries of real databases: the same facts and verdicts as for the same rows anywhere else."""

from __future__ import annotations

import datetime as dt
import math
import random
import sqlite3
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from airflow_mlquality.audit import audit
from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.measuring import measure
from airflow_mlquality.engines.opening import engine_for
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.engines.sources import Database
from airflow_mlquality.measurements import Keys, Moments, NonFinite, NullCount, RowCount, RowsWhere, Shape, TextLengths
from airflow_mlquality.measurements.counts import STAGE
from airflow_mlquality.redaction import masked
from airflow_mlquality.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers import MariaDB, Postgres, Server

ROWS = 1_200
UTC = dt.UTC
TYPES = {
    "id": ("bigint", pa.int64()),
    "amount": ("decimal(12,2)", pa.decimal128(12, 2)),
    "score": ("double precision", pa.float64()),
    "city": ("varchar(40)", pa.string()),
    "born": ("date", pa.date32()),
    "seen_at": ("timestamp(6)", pa.timestamp("us")),
    "sent_at": ("timestamptz", pa.timestamp("us", "UTC")),
    "is_new": ("boolean", pa.bool_()),
}
CITIES = ("Oslo", "Łódź", "東京", "a b ", "a b", "", "Zürich", "😀", "zürich", None)
NOT_FINITE = {7: math.nan, 8: math.nan, 9: math.inf, 10: -math.inf}


def rows(*, has_nan: bool) -> list[tuple[Any, ...]]:
    """Return rows with everything that databases like to see differently."""
    drawn = random.Random(20_260_101)  # noqa: S311  rows, not secrets
    made = []
    for n in range(ROWS):
        score = NOT_FINITE.get(n, drawn.gauss(0, 1) if n % 3 else 0.0)
        if n % 11 == 0 or (n in NOT_FINITE and not has_nan):
            score = None
        day = dt.date(1960, 1, 1) + dt.timedelta(days=drawn.randrange(30_000))
        at = dt.datetime(1971, 1, 1) + dt.timedelta(microseconds=drawn.randrange(2 * 10**15))  # noqa: DTZ001
        made.append(
            (
                n if n % 100 else None,
                Decimal(drawn.randrange(-(10**6), 10**6)) / 100 if n % 7 else None,
                score,
                CITIES[n % len(CITIES)],
                day if n % 13 else None,
                at if n % 5 else None,
                at.replace(tzinfo=UTC) if n % 6 else None,
                bool(n % 2) if n % 17 else None,
            )
        )
    return made


def in_memory(*, has_nan: bool) -> pa.Table:
    columns = zip(*rows(has_nan=has_nan), strict=True)
    return pa.table(
        {name: pa.array(column, type_) for (name, (_, type_)), column in zip(TYPES.items(), columns, strict=True)}
    )


def fill(connection: Any, ddl: str, inserted: list[tuple[Any, ...]], mark: str = "%s") -> None:
    cursor = connection.cursor()
    cursor.execute(ddl)
    marks = ", ".join([mark] * len(TYPES))
    cursor.executemany(f"INSERT INTO people VALUES ({marks})", inserted)
    connection.commit()
    connection.close()


def declared(**spelled: str) -> str:
    columns = ", ".join(f"{name} {spelled.get(name, type_)}" for name, (type_, _) in TYPES.items())
    return f"CREATE TABLE people ({columns})"


@pytest.fixture(scope="module")
def in_postgres(postgres: Postgres) -> Postgres:
    postgres.execute("CREATE SCHEMA IF NOT EXISTS analytics", "DROP TABLE IF EXISTS people")
    fill(postgres.connect(), declared(), rows(has_nan=True))
    return postgres


@pytest.fixture(scope="module")
def in_mariadb(mariadb: MariaDB) -> MariaDB:
    mariadb.execute("DROP TABLE IF EXISTS people")
    spelled = declared(sent_at="datetime(6)", seen_at="datetime(6)", city="varchar(40) CHARACTER SET utf8mb4")
    fill(mariadb.connect(), spelled, rows(has_nan=False))
    return mariadb


@pytest.fixture(scope="module")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "people.db"

    def plain(value: Any) -> Any:
        if isinstance(value, Decimal):
            return float(value)
        return (
            value.isoformat(" ")
            if isinstance(value, dt.datetime)
            else str(value)
            if isinstance(value, dt.date)
            else value
        )

    inserted = [tuple(plain(value) for value in row) for row in rows(has_nan=False)]
    fill(sqlite3.connect(path), declared(), inserted, "?")
    return path


def of_postgres(server: Server, **where: str) -> Database:
    return Database(connect=server.connect, dialect="postgres", name="warehouse", **where)


def of_sqlite(path: Path, **where: str) -> Database:
    return Database(connect=lambda: sqlite3.connect(path), dialect="sqlite", name="file", **where)


ASKED = (
    RowCount(),
    *(NullCount(name) for name in TYPES),
    NonFinite("score"),
    *(Moments(name) for name in ("id", "amount", "score")),
    TextLengths("city"),
    Keys(("city", "is_new")),
    Keys(("score",)),
    RowsWhere("score > 1"),
    RowsWhere("city < 'b' and not regexp_full_match(city, '[a-z ]*')"),
    RowsWhere("born < date '1970-01-01' or seen_at >= timestamp '2000-01-01'"),
)


def facts_of(source: Any, bins: dict[Shape, Any] | None = None) -> tuple[dict[Any, Any], dict[Shape, Any]]:
    """Return the facts of a source, and the bins of its shapes, chosen by its own engine unless given."""
    with engine_for(source, Settings()) as engine:
        table = engine.open(STAGE, source, Reading())
        shapes = [Shape(name) for name in TYPES] + [Shape("born", "position")]
        chosen = engine.choose_bins(table, shapes) if bins is None else bins
        wanted = [Shape(shape.column, shape.times, each) for shape, each in chosen.items()]
        facts, failures = measure(engine, table, (*ASKED, *wanted))
        assert failures == {}
        return facts, chosen


def same(left: Any, right: Any) -> bool:
    """Return whether two facts are the same, up to the rounding of sums."""
    parts = [vars(fact) if hasattr(fact, "__dict__") else {"n": fact} for fact in (left, right)]
    if "mean" in parts[0]:
        return all(
            value == pytest.approx(parts[1][name], rel=1e-9) if isinstance(value, float) else value == parts[1][name]
            for name, value in parts[0].items()
        )
    return left == right


def different(found: dict[Any, Any], expected: dict[Any, Any]) -> dict[Any, Any]:
    return {key: (found[key], fact) for key, fact in expected.items() if not same(found[key], fact)}


# ---- facts ----


@pytest.mark.parametrize("driver", ["connect", "connect_3"])
def test_postgresql_gives_the_facts_that_the_same_rows_in_memory_give(in_postgres: Postgres, driver: str) -> None:
    expected, bins = facts_of(in_memory(has_nan=True))
    found, _ = facts_of(Database(connect=getattr(in_postgres, driver), dialect="postgres", table="people"), bins)

    assert different(found, expected) == {}


@pytest.mark.parametrize("driver", ["connect", "connect_connector"])
def test_mariadb_gives_the_facts_that_the_same_rows_in_memory_give(in_mariadb: MariaDB, driver: str) -> None:
    expected, bins = facts_of(in_memory(has_nan=False))
    found, _ = facts_of(Database(connect=getattr(in_mariadb, driver), dialect="mysql", table="people"), bins)

    assert different(found, expected) == {}


def test_sqlite_gives_the_facts_that_the_same_rows_in_memory_give(sqlite_file: Path) -> None:
    expected, bins = facts_of(in_memory(has_nan=False))
    found, _ = facts_of(of_sqlite(sqlite_file, table="people"), bins)

    assert different(found, expected) == {}


def test_a_duckdb_of_ones_own_is_a_database_like_any_other() -> None:
    import duckdb

    own = duckdb.connect()
    own.register("arrow", in_memory(has_nan=True))
    own.execute("CREATE TABLE people AS SELECT * FROM arrow")
    expected, bins = facts_of(in_memory(has_nan=True))
    found, _ = facts_of(Database(connect=own.cursor, dialect="duckdb", table="people"), bins)

    assert different(found, expected) == {}


def test_bins_are_chosen_where_the_rows_are_as_they_are_in_memory(
    in_postgres: Postgres, in_mariadb: MariaDB, sqlite_file: Path
) -> None:
    with_nan, without = facts_of(in_memory(has_nan=True))[1], facts_of(in_memory(has_nan=False))[1]

    assert facts_of(of_postgres(in_postgres, table="people"))[1] == with_nan
    assert facts_of(Database(connect=in_mariadb.connect, dialect="mysql", table="people"))[1] == without
    assert facts_of(of_sqlite(sqlite_file, table="people"))[1] == without


def test_a_large_table_is_counted_and_then_sampled_once_for_numbers_and_once_for_categories(
    postgres: Postgres, mariadb: MariaDB, tmp_path: Path
) -> None:
    """A normal number, an atom that holds half of the rows, three categories: bins as the distribution says."""
    row = "n, CASE WHEN n % 2 = 0 THEN 7 ELSE n END AS m, CASE n % 4 WHEN 0 THEN 'a' WHEN 1 THEN 'b' ELSE 'c' END AS k"
    path, rows_ = tmp_path / "large.db", 250_000
    postgres.execute(
        "DROP TABLE IF EXISTS large", f"CREATE TABLE large AS SELECT {row} FROM generate_series(1, {rows_}) n"
    )
    mariadb.execute(
        "DROP TABLE IF EXISTS large",
        f"CREATE TABLE large AS SELECT {row} FROM (SELECT seq AS n FROM seq_1_to_{rows_}) s",
    )
    connection = sqlite3.connect(path)
    series = f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {rows_}) SELECT n FROM s"
    connection.execute("CREATE TABLE large (n INTEGER, m INTEGER, k TEXT)")
    connection.execute(f"INSERT INTO large SELECT {row} FROM ({series})")
    connection.commit()
    connection.close()
    for source in (
        of_postgres(postgres, table="large"),
        Database(connect=mariadb.connect, dialect="mysql", table="large"),
        of_sqlite(path, table="large"),
    ):
        with engine_for(source, Settings()) as engine:
            table = engine.open(STAGE, source, Reading())
            bins = engine.choose_bins(table, [Shape("n"), Shape("m"), Shape("k")])

            assert len(engine.statements) == 3
            assert bins[Shape("n")].edges == pytest.approx([rows_ * i / 50 for i in range(1, 50)], rel=0.15)
            assert {7.0, math.nextafter(7.0, -math.inf)} <= set(bins[Shape("m")].edges)
            assert bins[Shape("k")].values[0] == "c"
            assert set(bins[Shape("k")].values) == {"a", "b", "c"}


# ---- verdicts ----

CONTRACT = {
    "version": 1,
    "contract": "people",
    "dataset": {"key": "id"},
    "sources": {"towns": "people"},
    "columns": {
        "id": {"not_null": True, "unique": True, "type": "integer"},
        "amount": {"between": {"min": -9000, "max": 9000}, "null_share": {"fail": 0.1}},
        "score": {"between": {"min": -2, "max": 2, "fail": 0.05}},
        "city": {
            "accepted_values": ["Oslo", "Łódź", "東京", "a b", "Zürich", "😀", "zürich"],
            "matches": ".*[a-zż京]",
            "length": {"min": 1, "max": 5},
        },
        "born": {"between": {"min": "1961-01-01", "max": "2030-01-01"}, "type": "date"},
        "is_new": {"accepted_values": [True], "type": "boolean"},
    },
    "rows": [
        {"id": "scores_are_small", "rule": "abs(score) < 3 or amount > 0"},
        {"id": "cities_are_named", "rule": "length(trim(city)) > 0 and lower(city) <> 'oslo'"},
        {"id": "born_before_seen", "rule": "born <= cast(seen_at as date)"},
    ],
    "table": {"row_count": {"fail": [1, 5000]}, "unique": ["city", "is_new"]},
}


def judged(source: Any) -> dict[str, tuple[str, Any]]:
    contract = {key: value for key, value in CONTRACT.items() if key != "sources"}
    report = audit(contract, source)
    return {verdict.id: (verdict.outcome.value, verdict.observed) for verdict in report.verdicts}


def test_a_contract_gives_the_same_verdicts_on_every_database_and_in_memory(
    in_mariadb: MariaDB, sqlite_file: Path, postgres: Postgres
) -> None:
    postgres.execute("DROP SCHEMA IF EXISTS plain CASCADE", "CREATE SCHEMA plain")
    connection = postgres.connect()
    connection.cursor().execute("SET search_path = plain")
    fill(connection, declared(), rows(has_nan=False))
    expected = judged(in_memory(has_nan=False))

    assert "fail" in {outcome for outcome, _ in expected.values()}
    assert "error" not in {outcome for outcome, _ in expected.values()}
    assert judged(of_postgres(postgres, table="plain.people")) == expected
    assert judged(Database(connect=in_mariadb.connect, dialect="mysql", table="people")) == expected
    assert judged(of_sqlite(sqlite_file, table="people")) == expected


def test_examples_name_the_key_and_hide_what_the_contract_does_not_release(in_postgres: Postgres) -> None:
    contract = {**CONTRACT, "columns": {"id": {"samples": "allow"}, "city": {"accepted_values": ["東京"]}}}
    report = audit({**contract, "rows": [], "table": {}, "sources": {}}, of_postgres(in_postgres, table="people"))
    (verdict,) = [each for each in report.verdicts if each.id == "city.accepted_values"]

    hidden = {n: masked(city) for n, city in enumerate(CITIES) if city not in (None, "東京")}

    assert [str(example) for example in verdict.examples] == [f"id={n}, city={hidden[n]}" for n in (1, 3, 4, 5, 6)]
    assert hidden[6] != "'Zürich'"


def test_the_examples_of_all_checks_that_failed_take_one_statement(
    postgres: Postgres, mariadb: MariaDB, tmp_path: Path
) -> None:
    rows = ", ".join(f"({n}, {n}, {-n})" for n in range(1, 9))
    made = ("DROP TABLE IF EXISTS odd", "CREATE TABLE odd (id INTEGER, a INTEGER, b INTEGER)")
    filled = f"INSERT INTO odd VALUES {rows}"
    postgres.execute(*made, filled)
    mariadb.execute(*made, filled)
    connection = sqlite3.connect(tmp_path / "odd.db")
    for statement in (*made, filled):
        connection.execute(statement)
    connection.commit()
    connection.close()
    contract = {
        "version": 1,
        "contract": "odd",
        "dataset": {"key": "id"},
        "columns": {
            "id": {"samples": "allow"},
            "a": {"between": {"max": 6}, "samples": "allow"},
            "b": {"between": {"min": -1}},
        },
        "rows": [{"id": "opposite", "rule": "a + b = 1"}],
    }
    for source in (
        of_postgres(postgres, table="odd"),
        Database(connect=mariadb.connect, dialect="mysql", table="odd"),
        of_sqlite(tmp_path / "odd.db", table="odd"),
    ):
        report = audit(contract, source)
        examples = {verdict.id: [each.key["id"] for each in verdict.examples] for verdict in report.verdicts}

        assert examples["a.between"] == ["7", "8"]
        assert examples["b.between"] == ["2", "3", "4", "5", "6"]
        assert examples["opposite"] == ["1", "2", "3", "4", "5"]
        assert report.cost.scans == 2


def test_every_fact_of_a_wide_table_is_taken_in_few_statements(postgres: Postgres) -> None:
    """1,500 columns, three facts each: PostgreSQL gives 1,600 columns of a result at most."""
    names = [f"c{n}" for n in range(1_500)]
    postgres.execute(
        "DROP TABLE IF EXISTS wide",
        f"CREATE TABLE wide ({', '.join(f'{name} integer' for name in names)})",
        "INSERT INTO wide (c0, c1499) SELECT n, n FROM generate_series(1, 100) n",
    )
    columns = {name: {"null_share": {"fail": 1}, "between": {"min": 0, "max": 50}} for name in names}
    report = audit({"version": 1, "contract": "wide", "columns": columns}, of_postgres(postgres, table="wide"))
    outcomes = {verdict.id: verdict.outcome.value for verdict in report.verdicts}

    assert (outcomes["c0.between"], outcomes["c1499.between"]) == ("fail", "fail")
    assert set(outcomes.values()) == {"pass", "fail", "undecided"}
    assert len(outcomes) >= 3_000
    assert report.cost.scans <= 8
    assert report.cost.queries < 30


# ---- tables and queries ----


def reason(source: Database, **options: Any) -> str:
    """Return why nothing could be judged."""
    (verdict,) = audit({"version": 1, "contract": "people"}, source, **options).verdicts
    assert verdict.outcome is Outcome.ERROR
    return verdict.reason


def test_a_table_that_is_not_there_is_named_with_the_one_that_was_meant(
    in_postgres: Postgres, in_mariadb: MariaDB, sqlite_file: Path
) -> None:
    said = "there is no table '{}', or this user may not read it. Did you mean '{}'?"

    assert (
        reason(of_postgres(in_postgres, table="peple")) == f"source warehouse:peple: {said.format('peple', 'people')}"
    )
    assert reason(of_postgres(in_postgres, table="public.peopl")) == (
        f"source warehouse:public.peopl: {said.format('public.peopl', 'public.people')}"
    )
    assert reason(of_sqlite(sqlite_file, table="peple")) == f"source file:peple: {said.format('peple', 'people')}"
    assert reason(Database(connect=in_mariadb.connect, dialect="mysql", table="peple")) == (
        f"source mysql:peple: {said.format('peple', 'people')}"
    )


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("SELECT 1; DROP TABLE people", "has 2 statements"),
        ("DELETE FROM people", "is a statement of kind DELETE"),
        ("WITH gone AS (DELETE FROM people RETURNING *) SELECT * FROM gone", "has a part of kind DELETE"),
        ("SELECT * INTO other FROM people", "has a part of kind INTO"),
        ("SELECT * FROM people FOR UPDATE", "has a part of kind LOCK"),
        ("CALL run_it()", "is a statement of kind COMMAND"),
        ("SELECT 1) x; DROP TABLE people; --", "cannot be read as SQL of PostgreSQL"),
        ("SELECT 1 /*! INTO OUTFILE 'x' */", "has a comment that MySQL runs"),
    ],
)
def test_a_query_that_is_not_one_select_is_refused_by_name(in_postgres: Postgres, query: str, what: str) -> None:
    assert reason(of_postgres(in_postgres, query=query)) == (
        f"source warehouse:query: the query {what}. Give one SELECT, without a semicolon"
    )
    assert in_postgres.rows("SELECT count(*) FROM people") == [(ROWS,)]


@pytest.mark.parametrize("driver", ["connect", "connect_3"])
def test_a_query_may_hold_percent_signs_comments_and_a_last_semicolon(in_postgres: Postgres, driver: str) -> None:
    query = "SELECT id, city FROM people WHERE city LIKE 'Z%' -- it's 100 %s\n;"
    source = Database(connect=getattr(in_postgres, driver), dialect="postgres", query=query)
    report = audit({"version": 1, "contract": "people", "columns": {"city": {"matches": "Z.*"}}}, source)

    assert (report.outcome.value, report.profile.rows) == ("pass", ROWS // len(CITIES))


def test_a_connection_that_gives_dicts_is_read_like_any_other(in_postgres: Postgres) -> None:
    from psycopg2.extras import RealDictCursor

    def connect() -> Any:
        connection = in_postgres.connect()
        connection.cursor_factory = RealDictCursor
        return connection

    assert audit(
        {"version": 1, "contract": "p"}, Database(connect=connect, dialect="postgres", table="people")
    ).profile.rows


@pytest.mark.parametrize(
    "opened", [lambda path: of_sqlite(path, table="people"), lambda path: of_sqlite(path, query="SELECT * FROM people")]
)
def test_a_partition_is_a_value_of_its_column(sqlite_file: Path, opened: Callable[[Path], Database]) -> None:
    contract = {"version": 1, "contract": "people"}

    assert audit(contract, opened(sqlite_file), partition={"city": "東京"}).profile.rows == ROWS // len(CITIES)
    assert reason(opened(sqlite_file), partition={"citty": "Oslo"}).endswith(
        "partition column 'citty' does not exist. Did you mean 'city'?"
    )
    assert reason(opened(sqlite_file), partition={"id": "1 OR 1=1"}).endswith("the column is of type integer")


def test_names_and_values_that_are_sql_are_names_and_values(postgres: Postgres) -> None:
    evil = 'a"; DROP TABLE kept; --'
    quoted = evil.replace('"', '""')
    postgres.execute(
        "DROP TABLE IF EXISTS kept",
        f'DROP TABLE IF EXISTS "{quoted}"',
        "CREATE TABLE kept AS SELECT 1 AS n",
        f"""CREATE TABLE "{quoted}" AS SELECT 'x'' OR 1=1; DROP TABLE kept; --' AS "{quoted}", '%s' AS b""",
    )
    contract = {"version": 1, "contract": "evil", "columns": {evil: {"not_null": True, "matches": "y.*"}}}
    report = audit(
        contract, of_postgres(postgres, table=f'"{quoted}"'), partition={evil: "x' OR 1=1; DROP TABLE kept; --"}
    )
    outcomes = {verdict.id: verdict.outcome.value for verdict in report.verdicts}

    assert (outcomes[f"{evil}.not_null"], outcomes[f"{evil}.matches"], report.profile.rows) == ("pass", "fail", 1)
    assert "is no name of a table" in reason(of_postgres(postgres, table=evil))
    assert "there is no table 'kept; DROP TABLE kept'" in reason(of_postgres(postgres, table="kept; DROP TABLE kept"))
    assert postgres.rows("SELECT * FROM kept") == [(1,)]


def test_related_sources_are_tables_of_the_same_database(in_postgres: Postgres, tmp_path: Path) -> None:
    in_postgres.execute("DROP TABLE IF EXISTS towns", "CREATE TABLE towns AS SELECT 'Oslo' AS name")
    contract = {
        "version": 1,
        "contract": "people",
        "columns": {"city": {"relationships": {"to": "towns", "column": "name"}}},
    }
    people = of_postgres(in_postgres, table="people")

    def verdict(towns: Any) -> tuple[str, str]:
        (found,) = [v for v in audit(contract, people, sources={"towns": towns}).verdicts if "relationships" in v.id]
        return found.outcome.value, found.reason

    outside = "lies outside the database warehouse that is measured"
    assert verdict("towns")[0] == "fail"
    assert verdict("towns") == verdict("public.towns") == verdict(of_postgres(in_postgres, table="towns"))
    assert verdict(of_postgres(in_postgres, query="SELECT name FROM towns UNION ALL SELECT 'x'"))[0] == "fail"
    for elsewhere in (
        str(tmp_path / "towns.csv"),
        in_memory(has_nan=False),
        of_sqlite(tmp_path / "x.db", table="towns"),
    ):
        assert verdict(elsewhere)[0] == "error"
        assert outside in verdict(elsewhere)[1]


def test_types_of_a_users_own_and_of_other_lengths_are_text_and_numbers(postgres: Postgres) -> None:
    postgres.execute(
        "DROP TABLE IF EXISTS odd",
        "DROP TYPE IF EXISTS mood",
        "DROP DOMAIN IF EXISTS price",
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        "CREATE DOMAIN price AS numeric(8, 2)",
        "CREATE TABLE odd (m mood, p price, n numeric, a integer[], j jsonb, r real, k interval)",
        "INSERT INTO odd VALUES ('sad', 1.5, 3, '{1}', '{}', 2.5, '1 day'), ('ok', 2, 4, '{2}', '[]', 1, NULL)",
    )
    columns = {"m": {"accepted_values": ["sad"]}, "p": {"between": {"min": 0, "max": 1.6}}}
    report = audit({"version": 1, "contract": "odd", "columns": columns}, of_postgres(postgres, table="odd"))

    assert [(column.name, column.type.value, column.native) for column in report.profile.schema] == [
        ("m", "string", "mood"),
        ("p", "decimal", "numeric(8,2)"),
        ("n", "decimal", "numeric"),
        ("a", "list", "integer[]"),
        ("j", "json", "jsonb"),
        ("r", "float", "real"),
        ("k", "duration", "interval"),
    ]
    assert [verdict.observed for verdict in report.verdicts if verdict.id[0] in "mp"] == [0.5, 0.5]


def test_values_of_sqlite_that_are_not_of_their_columns_type_are_counted_and_shown(tmp_path: Path) -> None:
    path = tmp_path / "loose.db"
    loose = sqlite3.connect(path)
    loose.execute("CREATE TABLE loose (id INTEGER, n INTEGER, d DATE, x, t TEXT)")
    loose.executemany(
        "INSERT INTO loose VALUES (?, ?, ?, ?, ?)",
        [
            (1, 1, "2026-01-01", 1, "a"),
            (2, "n/a", "yesterday", 2.5, b"b"),
            (3, 2.5, None, 3, "c"),
            (4, None, "2026-02-30", "four", None),
        ],
    )
    loose.commit()
    loose.close()
    contract = {
        "version": 1,
        "contract": "loose",
        "dataset": {"key": "id"},
        "columns": {"n": {"type": "integer", "samples": "allow"}, "d": {"not_null": True}},
    }
    report = audit(contract, of_sqlite(path, table="loose"))
    verdicts = {verdict.id: verdict for verdict in report.verdicts}

    assert verdicts["n.type"].outcome.value == "fail"
    assert [example.values["n"] for example in verdicts["n.type"].examples] == ["n/a", "2.5"]
    assert {name: (verdicts[f"{name}.sniffed_type"].evidence["violating"]) for name in ("d", "x", "t")} == {
        "d": 2,
        "x": 1,
        "t": 1,
    }
    assert [column.type.value for column in report.profile.schema] == ["integer", "integer", "date", "float", "string"]


def test_a_table_of_sqlite_that_is_too_wide_is_refused_by_name(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "wide.db")
    connection.execute(f"CREATE TABLE wide ({', '.join(f'c{place} INTEGER' for place in range(1_001))})")
    connection.close()
    contract = {"version": 1, "contract": "wide", "columns": {"c0": {"not_null": True}}}

    report = audit(contract, of_sqlite(tmp_path / "wide.db", table="wide"))

    assert [(verdict.id, str(verdict.outcome), verdict.reason) for verdict in report.verdicts] == [
        (
            "source",
            "error",
            (
                "source file:wide: it has 1,001 columns, and this database presents 1,000 at once. "
                "Name those that matter in a query"
            ),
        )
    ]
