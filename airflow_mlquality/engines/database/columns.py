"""Names and types of columns, asked of each kind of database in its own way."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.database.natives import (
    Native,
    of_clickhouse,
    of_description,
    of_driver,
    of_duckdb,
    of_mysql,
    of_oracle,
    of_snowflake,
    of_sqlite,
    plain_text,
)
from airflow_mlquality.engines.database.postgres_types import of_postgres, of_redshift
from airflow_mlquality.measurements import Column, DataType, LogicalType

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
    nested
        The type with its parts, where it has some and the database tells them.
    is_nullable
        Whether the database declares that a value may be NULL; None where it declares nothing.
    """

    name: str
    native: str
    type: LogicalType
    is_named: bool = False
    nested: DataType | None = None
    is_nullable: bool | None = None


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
    natives = _NATIVES.get(engine.kind, of_description)(engine, origin, description)
    return [_described(engine, column, each) for column, each in zip(description, natives, strict=True)]


def _described(engine: DatabaseEngine, column: Sequence[Any], native: Native) -> Described:
    by_python = _PYTHON.get(column[1]) if isinstance(column[1], type) else None
    known = DataType(by_python.value) if by_python else native.type
    type_ = engine.dialect.data_type(native.name) if known is None else known
    nested = None if type_.parts is None else type_
    return Described(str(column[0]), native.name, LogicalType(type_.name), native.is_named, nested, native.is_nullable)


_NATIVES: Mapping[str, Callable[[DatabaseEngine, Origin, Description], Sequence[Native]]] = {
    "postgres": of_postgres,
    "redshift": of_redshift,
    "mysql": of_mysql,
    "mariadb": of_mysql,
    "sqlite": of_sqlite,
    "snowflake": of_snowflake,
    "oracle": of_oracle,
    "duckdb": of_duckdb,
    "clickhouse": of_clickhouse,
    "bigquery": of_driver,
    "tsql": of_driver,
}


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
    return [(plain_text(schema), plain_text(name)) for schema, name in rows]
