"""Names and types of columns, asked of each kind of database in its own way."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from airflow_mlquality.measurements import Column, LogicalType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from airflow_mlquality.engines.database.connection import DatabaseEngine

    Description = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Described:
    """A column as the database gives it.

    Parameters
    ----------
    name
        As the database spells it.
    native
        Its type, as the database calls it; empty where it has none.
    type
        Its logical type.
    is_named
        Whether the values are labels of a type of the user's own, which compare as text only after a cast.
    """

    name: str
    native: str
    type: LogicalType
    is_named: bool = False


@dataclass(frozen=True)
class Origin:
    """Where the rows of a source stand in a database.

    Parameters
    ----------
    relation
        SQL that stands behind FROM.
    table
        Parts of the table's name; none for a query.
    label
        For people.
    """

    relation: str
    table: tuple[str, ...]
    label: str


@dataclass(frozen=True)
class Presented:
    """A column as measurements see it.

    Parameters
    ----------
    column
        Its name, type and native type.
    value
        SQL of its value over the source's own columns.
    raw
        SQL of the text that it was, for a column that may hold something of another type.
    is_sniffed
        Whether its type was told from its values or its table alone, and not by the contract.
    """

    column: Column
    value: str
    raw: str = ""
    is_sniffed: bool = False


def described(engine: DatabaseEngine, origin: Origin) -> list[Described]:
    """Return the columns of a source.

    Raises
    ------
    SourceError
        When it cannot be read.
    """
    description = engine.describe(engine.dialect.no_rows(origin.relation), origin.label)
    natives = _NATIVES.get(engine.kind, _of_description)(engine, origin, description)
    return [
        each if isinstance(each, Described) else Described(str(column[0]), each, _logical(engine, column, each))
        for column, each in zip(description, natives, strict=True)
    ]


def _logical(engine: DatabaseEngine, column: Sequence[Any], native: str) -> LogicalType:
    by_python = _PYTHON.get(column[1]) if isinstance(column[1], type) else None
    return by_python or engine.dialect.logical_type(native)


_PYTHON: Mapping[type, LogicalType] = {
    bool: LogicalType.BOOLEAN,
    int: LogicalType.INTEGER,
    float: LogicalType.FLOAT,
    Decimal: LogicalType.DECIMAL,
    str: LogicalType.STRING,
    bytes: LogicalType.BINARY,
    bytearray: LogicalType.BINARY,
    dt.date: LogicalType.DATE,
    dt.time: LogicalType.TIME,
    dt.datetime: LogicalType.TIMESTAMP,
}
"""What drivers that name the class of a value, such as ODBC's, mean by it."""


def _of_description(engine: DatabaseEngine, origin: Origin, description: Description) -> Sequence[str]:  # noqa: ARG001
    """Return the types that the driver names."""
    return [each[1].__name__ if isinstance(each[1], type) else str(each[1]) for each in description]


# ---- PostgreSQL ----

_UNLIMITED = 65535


def _of_postgres(engine: DatabaseEngine, origin: Origin, description: Description) -> Sequence[str | Described]:
    """Return the types by their numbers; labels of an enumeration are text, and so is text without case."""
    if not description:
        return []
    numbers = ", ".join(sorted({str(int(each[1])) for each in description}))
    rows = engine.run(
        f"SELECT oid, format_type(oid, NULL), typtype, typcategory FROM pg_type WHERE oid IN ({numbers})", origin.label
    )
    known = {int(number): (str(name), str(kind), str(category)) for number, name, kind, category in rows}
    return [_postgres_type(column, *known[int(column[1])]) for column in description]


def _postgres_type(column: Sequence[Any], name: str, kind: str, category: str) -> str | Described:
    if kind == "e" or name == "citext":
        return Described(str(column[0]), name, LogicalType.STRING, is_named=True)
    if kind == "c":
        return Described(str(column[0]), name, LogicalType.STRUCT)
    if category == "A":
        return Described(str(column[0]), name, LogicalType.LIST)
    precision, scale = column[4], column[5]
    if name == "numeric" and precision not in (None, _UNLIMITED):
        return f"numeric({precision},{scale or 0})"
    return name


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


def _of_mysql(engine: DatabaseEngine, origin: Origin, description: Description) -> Sequence[str]:
    """Return the types of a table as it declares them, those of a query as the protocol tells."""
    if origin.table:
        rows = engine.run(f"SHOW COLUMNS FROM {origin.relation}", origin.label)
        declared = {str(row[0]): _text(row[1]) for row in rows}
        return [declared[str(column[0])] for column in description]
    return [_mysql_type(column) for column in description]


def _mysql_type(column: Sequence[Any]) -> str:
    code = int(column[1])
    if code in _BYTES and len(column) > _CHARSET_AT and column[_CHARSET_AT] == _CHARSET_OF_BYTES:
        return "blob"
    name = _MYSQL.get(code, str(code))
    return f"{name}(1)" if name in ("tinyint", "bit") and column[3] == 1 else name


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes | bytearray) else str(value)


# ---- SQLite ----


def _of_sqlite(engine: DatabaseEngine, origin: Origin, description: Description) -> Sequence[str]:
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
    return [declared[str(column[0])] for column in description]


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


def _of_snowflake(engine: DatabaseEngine, origin: Origin, description: Description) -> Sequence[str]:  # noqa: ARG001
    """Return the types by their numbers in its driver."""
    natives = []
    for column in description:
        code = int(column[1])
        name = _SNOWFLAKE[code] if code < len(_SNOWFLAKE) else str(code)
        natives.append(f"NUMBER({column[4] or 38},{column[5] or 0})" if name == "NUMBER" else name)
    return natives


# ---- Oracle ----


def _of_oracle(engine: DatabaseEngine, origin: Origin, description: Description) -> Sequence[str]:  # noqa: ARG001
    """Return the types by the names of its driver, without what is before the name."""
    natives = []
    for column in description:
        name = str(getattr(column[1], "name", column[1])).removeprefix("DB_TYPE_")
        named = {"TIMESTAMP_TZ": "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_LTZ": "TIMESTAMP WITH LOCAL TIME ZONE"}
        if name == "NUMBER" and column[4]:
            name = f"NUMBER({column[4]},{column[5] or 0})"
        natives.append(named.get(name, name))
    return natives


_NATIVES: Mapping[str, Callable[[DatabaseEngine, Origin, Description], Sequence[str | Described]]] = {
    "postgres": _of_postgres,
    "redshift": _of_postgres,
    "mysql": _of_mysql,
    "mariadb": _of_mysql,
    "sqlite": _of_sqlite,
    "snowflake": _of_snowflake,
    "oracle": _of_oracle,
}


# ---- tables that are there ----

_TABLES = {
    "postgres": (
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
    ),
    "sqlite": "SELECT '', name FROM sqlite_master WHERE type IN ('table', 'view')",
    "oracle": "SELECT owner, table_name FROM all_tables UNION ALL SELECT owner, view_name FROM all_views",
}
_STANDARD = "SELECT table_schema, table_name FROM information_schema.tables"


def tables_of(engine: DatabaseEngine) -> list[tuple[str, str]]:
    """Return schema and name of every table and view that the user may see."""
    rows = engine.run(_TABLES.get(engine.kind, _STANDARD), "the list of tables")
    return [(_text(schema), _text(name)) for schema, name in rows]
