"""Types of columns as each kind of database calls them, and what it declares of NULL beside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_mlquality.measurements import DataType, sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.engines.database.columns import Origin
    from airflow_mlquality.engines.database.connection import DatabaseEngine

    Description = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Native:
    """A type of a column, as the database calls it.

    Parameters
    ----------
    name
        Empty where the column has no type.
    type
        What it is, where the name alone does not say it.
    is_named
        Whether the values are labels of a type of the user's own.
    is_nullable
        Whether the table declares that a value may be NULL; None where nothing is declared.
    """

    name: str
    type: DataType | None = None
    is_named: bool = False
    is_nullable: bool | None = None


def _name(column: Sequence[Any]) -> str:
    return column[1].__name__ if isinstance(column[1], type) else str(column[1])


def of_description(engine: DatabaseEngine, origin: Origin, description: Description) -> Sequence[Native]:  # noqa: ARG001
    """Return the types that the driver names."""
    return [Native(_name(column)) for column in description]


def of_driver(engine: DatabaseEngine, origin: Origin, description: Description) -> Sequence[Native]:  # noqa: ARG001
    """Return the same of a driver that says of a table's columns whether they may be NULL, as PEP 249 lets it."""
    return [Native(_name(column), is_nullable=_null_ok(origin, column)) for column in description]


def _null_ok(origin: Origin, column: Sequence[Any]) -> bool | None:
    """Return what a driver says of NULL; of a query it may say of the first rows what holds of them alone."""
    is_told = bool(origin.table) and len(column) > _NULL_AT and isinstance(column[_NULL_AT], bool)
    return column[_NULL_AT] if is_told else None


_NULL_AT = 6

# ---- DuckDB ----


def of_duckdb(engine: DatabaseEngine, origin: Origin, description: Description) -> Sequence[Native]:
    """Return the types that the driver names, and what a table declares; a view declares nothing."""
    declared: dict[str, bool] = {}
    if origin.table:
        parts = [sql.text(sql.literal(part)) for part in origin.table]
        schema = parts[-2] if len(parts) > 1 else "current_schema()"
        database = parts[0] if len(parts) > 2 else "current_database()"  # noqa: PLR2004  all that a name can have
        rows = engine.run(
            "SELECT c.column_name, c.is_nullable FROM duckdb_columns() c "
            "JOIN duckdb_tables() t USING (database_oid, schema_oid, table_oid) "
            f"WHERE lower(c.table_name) = lower({parts[-1]}) AND lower(c.schema_name) = lower({schema}) "
            f"AND lower(c.database_name) = lower({database})",
            origin.label,
        )
        declared = {str(column): bool(may_be_null) for column, may_be_null in rows}
    return [Native(_name(column), is_nullable=declared.get(str(column[0]))) for column in description]


# ---- ClickHouse ----


def of_clickhouse(engine: DatabaseEngine, origin: Origin, description: Description) -> Sequence[Native]:  # noqa: ARG001
    """Return the types that the driver names; one holds NULL where it says so."""
    names = map(_name, description)
    return [Native(name, is_nullable=bool(_MAY_BE_NULL.match(name)) if origin.table else None) for name in names]


_MAY_BE_NULL = re.compile(r"\s*(LowCardinality\()?Nullable\(")

# ---- MySQL ----

_MYSQL = {
    0: "decimal",
    1: "tinyint",
    2: "smallint",
    3: "int",
    4: "float",
    5: "double",
    7: "timestamp",
    8: "bigint",
    9: "mediumint",
    10: "date",
    11: "time",
    12: "datetime",
    13: "year",
    15: "varchar",
    16: "bit",
    245: "json",
    246: "decimal",
    247: "enum",
    248: "set",
    249: "tinytext",
    250: "mediumtext",
    251: "longtext",
    252: "text",
    253: "varchar",
    254: "char",
    255: "geometry",
}
"""Types of the protocol. Text and bytes have the same ones; where a driver does not tell them apart, they are text."""
_BYTES, _CHARSET_OF_BYTES, _CHARSET_AT = frozenset(range(249, 255)), 63, 8


def of_mysql(engine: DatabaseEngine, origin: Origin, description: Description) -> Sequence[Native]:
    """Return the types of a table as it declares them, those of a query as the protocol tells."""
    if origin.table:
        rows = engine.run(f"SHOW COLUMNS FROM {origin.relation}", origin.label)
        declared = {str(row[0]): Native(plain_text(row[1]), is_nullable=plain_text(row[2]) == "YES") for row in rows}
        return [declared[str(column[0])] for column in description]
    return [Native(_mysql_type(column)) for column in description]


def _mysql_type(column: Sequence[Any]) -> str:
    code = int(column[1])
    if code in _BYTES and len(column) > _CHARSET_AT and column[_CHARSET_AT] == _CHARSET_OF_BYTES:
        return "blob"
    name = _MYSQL.get(code, str(code))
    return f"{name}(1)" if name in ("tinyint", "bit") and column[3] == 1 else name


def plain_text(value: Any) -> str:
    """Return a text that some drivers give as bytes."""
    return value.decode() if isinstance(value, bytes | bytearray) else str(value)


# ---- SQLite ----


def of_sqlite(engine: DatabaseEngine, origin: Origin, description: Description) -> Sequence[Native]:
    """Return the declared types; a view of this connection alone tells those of a query."""
    view = "temp.mlquality_types"
    engine.run("PRAGMA query_only = OFF", origin.label)
    try:
        engine.run(f"CREATE TEMP VIEW mlquality_types AS SELECT * FROM {origin.relation}", origin.label)
        rows = engine.run("PRAGMA temp.table_info(mlquality_types)", origin.label)
        engine.run(f"DROP VIEW {view}", origin.label)
    finally:
        engine.run("PRAGMA query_only = ON", origin.label)
    declared = {str(row[1]): str(row[2] or "") for row in rows}
    required = _of_sqlite_table(engine, origin) if origin.table else {}
    return [Native(declared[str(column[0])], is_nullable=required.get(str(column[0]))) for column in description]


def _of_sqlite_table(engine: DatabaseEngine, origin: Origin) -> dict[str, bool]:
    """Return which columns of a table may be NULL, a view declares nothing; the number of the row never is."""
    *above, name = origin.table
    schema = above[-1] if above else "main"
    rows = engine.run(
        'SELECT x.name, x.type, x."notnull", x.pk '
        f"FROM {engine.dialect.quoted(schema)}.sqlite_master m "
        f"JOIN pragma_table_xinfo(m.name, {sql.text(sql.literal(schema))}) x "
        f"WHERE m.type = 'table' AND m.name = {sql.text(sql.literal(name))} COLLATE NOCASE",
        origin.label,
    )
    is_single = sum(bool(key) for *_, key in rows) == 1
    return {
        str(column): not (required or (key and is_single and str(type_).upper() == "INTEGER"))
        for column, type_, required, key in rows
    }


# ---- Snowflake ----

_SNOWFLAKE = (
    "NUMBER",
    "FLOAT",
    "VARCHAR",
    "DATE",
    "TIMESTAMP",
    "VARIANT",
    "TIMESTAMP_LTZ",
    "TIMESTAMP_TZ",
    "TIMESTAMP_NTZ",
    "OBJECT",
    "ARRAY",
    "BINARY",
    "TIME",
    "BOOLEAN",
)


def of_snowflake(engine: DatabaseEngine, origin: Origin, description: Description) -> Sequence[Native]:  # noqa: ARG001
    """Return the types by their numbers in its driver."""
    natives = []
    for column in description:
        code = int(column[1])
        name = _SNOWFLAKE[code] if code < len(_SNOWFLAKE) else str(code)
        name = f"NUMBER({column[4] or 38},{column[5] or 0})" if name == "NUMBER" else name
        natives.append(Native(name, is_nullable=_null_ok(origin, column)))
    return natives


# ---- Oracle ----


def of_oracle(engine: DatabaseEngine, origin: Origin, description: Description) -> Sequence[Native]:  # noqa: ARG001
    """Return the types by the names of its driver, without what is before the name."""
    natives = []
    for column in description:
        name = str(getattr(column[1], "name", column[1])).removeprefix("DB_TYPE_")
        named = {"TIMESTAMP_TZ": "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_LTZ": "TIMESTAMP WITH LOCAL TIME ZONE"}
        if name == "NUMBER" and column[4]:
            name = f"NUMBER({column[4]},{column[5] or 0})"
        natives.append(Native(named.get(name, name), is_nullable=_null_ok(origin, column)))
    return natives
