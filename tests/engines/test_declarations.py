"""What sources declare: the parts of nested types in one vocabulary, and which columns may be NULL."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from pyiceberg.catalog.sql import SqlCatalog

from airflow_mlquality.engines.dialects import dialect_named
from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.opening import engine_for
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.engines.sources import Database, SparkSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers import MariaDB, Postgres

ROWS = [
    {
        "id": 1,
        "tags": ["a", "b"],
        "home": {"street": "Am Ring", "zip": 89073},
        "marks": [{"at": 1.5, "by": ["x"]}],
    },
    {"id": 2, "tags": [], "home": {"street": None, "zip": 1}, "marks": []},
]
NESTED = {
    "id": "integer",
    "tags": "list<string>",
    "home": "struct<street:string, zip:integer>",
    "marks": "list<struct<at:float, by:list<string>>>",
}
ARROW = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("tags", pa.list_(pa.string()), nullable=False),
        pa.field("home", pa.struct({"street": pa.string(), "zip": pa.int64()})),
        pa.field("marks", pa.list_(pa.struct({"at": pa.float64(), "by": pa.list_(pa.string())}))),
    ]
)
DECLARED = {"id": False, "tags": False, "home": True, "marks": True}
NOTHING = dict.fromkeys(NESTED)


def table() -> pa.Table:
    return pa.Table.from_pylist(ROWS, schema=ARROW)


def told(source: Any) -> tuple[dict[str, str], dict[str, bool | None]]:
    """Return the type of every column, and whether its source declares that it may be NULL."""
    with engine_for(source, Settings()) as engine:
        schema = engine.open("stage", source, Reading()).schema
    return {each.name: str(each.data_type) for each in schema}, {each.name: each.is_nullable for each in schema}


# ---- memory and files ----


@pytest.mark.parametrize(
    ("made", "declared"),
    [
        (lambda rows: rows, DECLARED),
        (lambda rows: rows.to_batches()[0], DECLARED),
        (lambda rows: pa.RecordBatchReader.from_batches(rows.schema, rows.to_batches()), DECLARED),
        (lambda rows: rows.to_pandas(), NOTHING),
        (lambda rows: pd.DataFrame(rows.to_pylist()), NOTHING),
        (pl.from_arrow, NOTHING),
        (lambda rows: pl.from_arrow(rows).lazy(), NOTHING),
    ],
    ids=["arrow", "batch", "reader", "pandas", "objects", "polars", "lazy"],
)
def test_frames_tell_their_parts_and_arrow_declares_null(made: Callable[[pa.Table], Any], declared: Any) -> None:
    assert told(made(table())) == (NESTED, declared)


class OfAnotherLibrary:
    """Rows that are given as Arrow has them, by whoever has made them."""

    def __init__(self, rows: pa.Table) -> None:
        self.rows = rows

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.rows.__arrow_c_stream__(requested_schema)


def test_what_another_library_calls_nullable_is_not_declared_and_what_is_not_is() -> None:
    assert told(OfAnotherLibrary(table()))[1] == {"id": False, "tags": False, "home": None, "marks": None}


def written(rows: pa.Table, path: Path) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(rows, path)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(json.dumps(row) for row in rows.to_pylist()))
    else:
        pyarrow.feather.write_feather(rows, str(path))
    return path


@pytest.mark.parametrize(("ending", "declared"), [("parquet", DECLARED), ("arrow", DECLARED), ("jsonl", NOTHING)])
def test_files_tell_their_parts_and_what_their_format_declares(ending: str, declared: Any, tmp_path: Path) -> None:
    assert told(written(table(), tmp_path / f"rows.{ending}")) == (NESTED, declared)


def test_a_text_source_declares_nothing(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,name\n1,Ann\n")

    assert told(tmp_path / "rows.csv") == ({"id": "integer", "name": "string"}, {"id": None, "name": None})


@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_files_of_which_one_may_hold_null_may_hold_it(ending: str, tmp_path: Path) -> None:
    loose = pa.schema([field.with_nullable(field.name != "tags") for field in ARROW])
    fewer = pa.schema([field for field in ARROW if field.name != "tags"])
    written(table(), tmp_path / f"1.{ending}")
    written(pa.Table.from_pylist(ROWS, schema=loose), tmp_path / f"2.{ending}")

    assert told(tmp_path) == (NESTED, DECLARED | {"id": True})

    written(pa.Table.from_pylist(ROWS, schema=fewer), tmp_path / f"3.{ending}")

    assert told(tmp_path) == (NESTED, DECLARED | {"id": True, "tags": True})


def test_a_key_of_the_path_is_declared_by_nobody(tmp_path: Path) -> None:
    (tmp_path / "day=2026-01-01").mkdir()
    written(table(), tmp_path / "day=2026-01-01" / "rows.parquet")

    assert told(tmp_path)[1] == DECLARED | {"day": None}


def test_fields_of_a_parquet_file_do_not_declare_for_its_columns(tmp_path: Path) -> None:
    inner = pa.struct([pa.field("id", pa.int64(), nullable=False)])
    rows = pa.table({"home": [{"id": 1}], "id": [None]}, schema=pa.schema({"home": inner, "id": pa.int64()}))

    assert told(written(rows, tmp_path / "rows.parquet"))[1] == {"home": True, "id": True}


def test_a_delta_table_declares_for_its_files(tmp_path: Path) -> None:
    write_deltalake(tmp_path, table())

    assert told(tmp_path) == (NESTED, DECLARED)


def test_an_iceberg_table_declares_what_it_requires(tmp_path: Path) -> None:
    catalog = SqlCatalog("own", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=str(tmp_path))
    catalog.create_namespace("lake")
    made = catalog.create_table("lake.rows", schema=ARROW)
    made.append(table())

    assert told(made.metadata_location.removeprefix("file://")) == (NESTED, DECLARED)


# ---- databases ----


def test_postgresql_tells_arrays_and_types_of_ones_own(postgres: Postgres) -> None:
    postgres.execute(
        "DROP TABLE IF EXISTS nested CASCADE",
        "DROP TYPE IF EXISTS address, humour, place CASCADE",
        "DROP DOMAIN IF EXISTS code CASCADE",
        "CREATE TYPE humour AS ENUM ('good', 'bad')",
        "CREATE TYPE place AS (at point, codes integer[])",
        'CREATE TYPE address AS (street text, "all places" place[], mood humour)',
        "CREATE DOMAIN code AS integer NOT NULL",
        """CREATE TABLE nested (id bigint NOT NULL, tags text[] NOT NULL, grid numeric(4,1)[][], home address,
           homes address[], moods humour[], code code, more jsonb, own integer GENERATED ALWAYS AS IDENTITY)""",
        "CREATE VIEW nested_view AS SELECT id FROM nested",
    )

    def asked(**where: str) -> Any:
        return told(Database(connect=postgres.connect, dialect="postgres", **where))

    address = 'struct<street:string, "all places":list<struct<at:other, codes:list<integer>>>, mood:string>'
    types, declared = asked(table="nested")

    assert types == {
        "id": "integer",
        "tags": "list<string>",
        "grid": "list<decimal>",
        "home": address,
        "homes": f"list<{address}>",
        "moods": "list<string>",
        "code": "integer",
        "more": "json",
        "own": "integer",
    }
    assert {name for name, may_be_null in declared.items() if may_be_null is False} == {"id", "tags", "code", "own"}
    assert {name for name, may_be_null in declared.items() if may_be_null is None} == set()
    assert asked(table="public.nested")[1] == declared
    assert asked(table="nested_view")[1] == {"id": None}
    assert asked(query="SELECT id, home FROM nested") == (
        {"id": "integer", "home": address},
        {"id": None, "home": None},
    )


@pytest.mark.parametrize("name", ["it's", 'a "quoted" one', "Gräfin.Ü", "100%"])
def test_a_table_of_postgresql_declares_whatever_its_name(name: str, postgres: Postgres) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    postgres.execute(f"DROP TABLE IF EXISTS {quoted}", f"CREATE TABLE {quoted} (id integer NOT NULL, x integer)")
    source = Database(connect=postgres.connect, dialect="postgres", table=quoted)

    assert told(source)[1] == {"id": False, "x": True}


def test_mariadb_declares_null_of_tables(mariadb: MariaDB) -> None:
    mariadb.execute("DROP TABLE IF EXISTS declared", "CREATE TABLE declared (id integer NOT NULL, x varchar(9))")

    def asked(**where: str) -> Any:
        return told(Database(connect=mariadb.connect, dialect="mysql", **where))[1]

    assert asked(table="declared") == {"id": False, "x": True}
    assert asked(query="SELECT * FROM declared") == {"id": None, "x": None}


def test_sqlite_declares_null_of_tables(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            """
            CREATE TABLE Declared (id integer PRIMARY KEY, x text NOT NULL, y text, z text AS (x) NOT NULL);
            CREATE TABLE pairs (a integer, b integer NOT NULL, PRIMARY KEY (a, b));
            CREATE VIEW shown AS SELECT x FROM Declared;
            """
        )

    def asked(**where: str) -> Any:
        return told(Database(connect=lambda: sqlite3.connect(path), dialect="sqlite", **where))[1]

    assert asked(table="declared") == {"id": False, "x": False, "y": True, "z": False}
    assert asked(table="main.pairs") == {"a": True, "b": False}
    assert asked(table="shown") == {"x": None}
    assert asked(query="SELECT x FROM Declared") == {"x": None}


def test_a_duckdb_of_ones_own_declares_null_of_tables() -> None:
    import duckdb

    own = duckdb.connect()
    own.execute("CREATE SCHEMA side")
    own.execute("CREATE TABLE rows (id integer NOT NULL, tags varchar[], home struct(a integer, b map(text, float)))")
    own.execute("CREATE TABLE side.rows (id integer, tags integer NOT NULL)")
    own.execute("CREATE VIEW shown AS SELECT id FROM rows")

    def asked(**where: str) -> Any:
        return told(Database(connect=own.cursor, dialect="duckdb", **where))

    assert asked(table="rows") == (
        {"id": "integer", "tags": "list<string>", "home": "struct<a:integer, b:map<string, float>>"},
        {"id": False, "tags": True, "home": True},
    )
    assert asked(table="side.rows")[1] == {"id": True, "tags": False}
    assert asked(table="memory.main.rows")[1] == {"id": False, "tags": True, "home": True}
    assert asked(table="shown")[1] == asked(query="SELECT id FROM rows")[1] == {"id": None}


@pytest.mark.parametrize(
    ("name", "native", "expected"),
    [
        ("postgres", "numeric(3,2)[]", "list<decimal>"),
        ("clickhouse", "Array(Nullable(Int32))", "list<integer>"),
        ("clickhouse", "Tuple(a Int32, `b c` LowCardinality(String))", 'struct<a:integer, "b c":string>'),
        ("clickhouse", "Tuple(Int32, String)", "struct"),
        ("clickhouse", "Map(String, Array(Float64))", "map<string, list<float>>"),
        ("trino", "array(row(a integer, b varchar))", "list<struct<a:integer, b:string>>"),
        ("trino", "map(varchar, double)", "map<string, float>"),
        ("bigquery", "ARRAY<STRUCT<a INT64, b STRING>>", "list<struct<a:integer, b:string>>"),
        ("snowflake", "ARRAY", "list"),
        ("snowflake", "ARRAY(NUMBER(10,0))", "list<integer>"),
        ("databricks", "struct<a:int,`b c`:array<string>>", 'struct<a:integer, "b c":list<string>>'),
        ("spark", "map<string,decimal(10,2)>", "map<string, decimal>"),
        (
            "duckdb",
            """STRUCT("a, b" ENUM('x)', 'it''s')[], c UNION(n INTEGER))""",
            'struct<"a, b":list<string>, c:other>',
        ),
        ("duckdb", 'MAP(VARCHAR, STRUCT("a""b" FLOAT[3]))', 'map<string, struct<"a""b":list<float, 3>>>'),
        ("duckdb", "JSON[]", "list<json>"),
        ("mysql", "bigint(20)", "integer"),
        ("oracle", "no type at all (", "other"),
    ],
)
def test_a_type_of_an_engine_has_its_parts(name: str, native: str, expected: str) -> None:
    assert str(dialect_named(name).data_type(native)) == expected


# ---- Spark ----


def test_spark_tells_its_parts_and_what_frames_and_tables_declare(spark: Any, tmp_path: Path) -> None:
    frame = spark.sql(
        "SELECT 1 AS id, array('a') AS tags, map('k', 1.5D) AS marks, "
        "named_struct('a b', CAST(NULL AS INT), 'c', array(named_struct('d', DATE '2026-01-01'))) AS home"
    )
    nested = {
        "id": "integer",
        "tags": "list<string>",
        "marks": "map<string, float>",
        "home": 'struct<"a b":integer, c:list<struct<d:date>>>',
    }
    frame.write.parquet(str(tmp_path / "rows"))

    assert told(SparkSource(session=spark, path=str(tmp_path / "rows"))) == (nested, dict.fromkeys(nested))
    assert told(frame) == (nested, dict.fromkeys(nested, False))
    assert told(SparkSource(session=spark, query="SELECT IF(rand() < 2, NULL, 1) AS x"))[1] == {"x": None}
