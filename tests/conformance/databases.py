"""The hard tables in databases: how each writes the types and the values."""

from __future__ import annotations

import math
import sqlite3
from abc import abstractmethod
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import pyarrow as pa

from airflow_mlquality.engines.sources import Database
from tests.conformance.engines import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.servers import Server

_WORDS: tuple[tuple[Callable[[Any], bool], str], ...] = (
    (lambda arrow: isinstance(arrow, pa.UuidType), "uuid"),
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_int8, "tiny"),
    (pa.types.is_int16, "small"),
    (pa.types.is_int32, "int"),
    (pa.types.is_int64, "big"),
    (pa.types.is_uint64, "unsigned"),
    (pa.types.is_float32, "single"),
    (pa.types.is_float64, "double"),
    (pa.types.is_decimal, "decimal"),
    (pa.types.is_string, "text"),
    (pa.types.is_date, "date"),
    (pa.types.is_time, "time"),
    (pa.types.is_timestamp, "timestamp"),
    (pa.types.is_binary, "binary"),
    (pa.types.is_list, "list"),
    (pa.types.is_duration, "duration"),
)


def word(arrow: pa.DataType) -> str:
    """Return what a type of Arrow is called in the tables below."""
    found = next(name for is_it, name in _WORDS if is_it(arrow))
    return "zoned" if found == "timestamp" and arrow.tz else found


class InDatabase(Place):
    """A table in a database, made by statements whose values are literals."""

    types: ClassVar[Mapping[str, str]]
    quote: ClassVar[str] = '"'
    dialect: ClassVar[str]

    @abstractmethod
    def execute(self, *statements: str) -> None:
        """Run statements and commit them."""

    @property
    @abstractmethod
    def connect(self) -> Callable[[], Any]:
        """What opens a connection."""

    def source(self, name: str, rows: pa.Table) -> Any:
        """Make a table."""
        table = self.quoted(name)
        columns = ", ".join(f"{self.quoted(each.name)} {self.type_of(each.type)}" for each in rows.schema)
        statements = [f"DROP TABLE IF EXISTS {table}", f"CREATE TABLE {table} ({columns})"]
        lines = [
            "(" + ", ".join(map(self.literal, row)) + ")"
            for row in zip(*(column.to_pylist() for column in rows.columns), strict=True)
        ]
        if lines:
            statements.append(f"INSERT INTO {table} VALUES " + ", ".join(lines))  # noqa: S608  our own rows
        self.execute(*statements)
        return Database(connect=self.connect, dialect=self.dialect, table=name, name=self.name)

    def quoted(self, name: str) -> str:
        """Return an identifier."""
        return f"{self.quote}{name.replace(self.quote, self.quote * 2)}{self.quote}"

    def type_of(self, arrow: pa.DataType) -> str:
        """Return the database's own type."""
        native = self.types[word(arrow)]
        return native.format(arrow.precision, arrow.scale) if pa.types.is_decimal(arrow) else native

    def literal(self, value: Any) -> str:
        """Return a value as a literal."""
        if value is None or isinstance(value, bool):
            return {None: "NULL", True: "TRUE", False: "FALSE"}[value]
        if isinstance(value, float):
            return self.float_literal(value)
        if isinstance(value, int | Decimal):
            return format(value, "f") if isinstance(value, Decimal) else str(value)
        return self.binary_literal(value) if isinstance(value, bytes) else self.text_literal(written(value))

    def float_literal(self, value: float) -> str:
        """Return a double."""
        return f"'{value!r}'"

    def binary_literal(self, value: bytes) -> str:
        """Return bytes."""
        return f"X'{value.hex()}'"

    def text_literal(self, value: str) -> str:
        """Return a text."""
        return "'" + value.replace("'", "''") + "'"


def written(value: Any) -> str:
    """Return a value as the text that every database reads as one."""
    if isinstance(value, datetime):
        zoned = value.tzinfo is not None
        at = value.astimezone(UTC).replace(tzinfo=None) if zoned else value
        return f"{at.isoformat(' ', 'microseconds')}{'+00:00' if zoned else ''}"
    if isinstance(value, time):
        return value.isoformat("microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{value // timedelta(microseconds=1)} microseconds"
    if isinstance(value, list):
        return "{" + ", ".join("NULL" if each is None else str(each) for each in value) + "}"
    return str(value)


class DuckDBDatabase(InDatabase):
    """DuckDB as a database behind a connection."""

    name = "duckdb"
    dialect = "duckdb"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._path = str(folder / "tables.duckdb")
        self._connection = duckdb.connect(self._path)

    @property
    def connect(self) -> Callable[[], Any]:
        """Another connection to the same database."""
        return self._connection.cursor

    def execute(self, *statements: str) -> None:
        """Run statements."""
        for statement in statements:
            self._connection.execute(statement)

    def source(self, name: str, rows: pa.Table) -> Any:
        """Make a table of Arrow."""
        self._connection.register("rows_of_arrow", rows)
        self.execute(f"CREATE OR REPLACE TABLE {self.quoted(name)} AS SELECT * FROM rows_of_arrow")  # noqa: S608  our own rows
        self._connection.unregister("rows_of_arrow")
        return Database(connect=self.connect, dialect=self.dialect, table=name, name=self.name)

    def close(self) -> None:
        """Close it."""
        self._connection.close()


class OnServer(InDatabase):
    """A table of a server of the tests."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self._server = server

    @property
    def connect(self) -> Callable[[], Any]:
        """What opens a connection."""
        return self._server.connector

    def execute(self, *statements: str) -> None:
        """Run statements and commit them."""
        self._server.execute(*statements)


class PostgreSQL(OnServer):
    """PostgreSQL 15."""

    name = "postgres"
    dialect = "postgres"
    types: ClassVar[Mapping[str, str]] = {
        "uuid": "uuid", "boolean": "boolean", "tiny": "smallint", "small": "smallint", "int": "integer",
        "big": "bigint", "unsigned": "numeric(20, 0)", "single": "real", "double": "double precision",
        "decimal": "numeric({}, {})", "text": "text", "date": "date", "time": "time", "timestamp": "timestamp",
        "zoned": "timestamptz", "binary": "bytea", "list": "bigint[]", "duration": "interval",
    }  # fmt: skip

    def binary_literal(self, value: bytes) -> str:
        """Return bytes."""
        return f"'\\x{value.hex()}'"


class MariaDBDatabase(OnServer):
    """MariaDB 10.11."""

    name = "mariadb"
    width = 1_000
    dialect = "mysql"
    quote = "`"
    types: ClassVar[Mapping[str, str]] = {
        "uuid": "uuid", "boolean": "boolean", "tiny": "tinyint", "small": "smallint", "int": "int", "big": "bigint",
        "unsigned": "bigint unsigned", "single": "float", "double": "double", "decimal": "decimal({}, {})",
        "text": "text", "date": "date", "time": "time(6)", "timestamp": "datetime(6)", "binary": "blob",
        "zoned": "timestamp(6) null",
    }  # fmt: skip

    def execute(self, *statements: str) -> None:
        """Run statements in UTC: a zone cannot be written."""
        super().execute("SET time_zone = '+00:00'", *(each.replace("+00:00'", "'") for each in statements))

    def float_literal(self, value: float) -> str:
        """Return a double."""
        return f"{value!r}" if "e" in repr(value) else f"{value!r}e0"

    def text_literal(self, value: str) -> str:
        """Return a text: a backslash is one."""
        return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


class SQLite(InDatabase):
    """SQLite in a file."""

    name = "sqlite"
    width = 900
    dialect = "sqlite"
    types: ClassVar[Mapping[str, str]] = {
        "uuid": "uuid", "boolean": "boolean", "tiny": "tinyint", "small": "smallint", "int": "integer", "big": "bigint",
        "single": "float", "double": "double", "decimal": "decimal({}, {})",
        "text": "text", "date": "date", "time": "time", "timestamp": "timestamp", "zoned": "timestamptz",
        "binary": "blob",
    }  # fmt: skip

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._path = folder / "tables.sqlite"

    @property
    def connect(self) -> Callable[[], Any]:
        """What opens a connection."""
        return self._connect

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, check_same_thread=False)

    def execute(self, *statements: str) -> None:
        """Run statements and commit them."""
        connection = self._connect()
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    def float_literal(self, value: float) -> str:
        """Return a double."""
        return "9e999" if value == math.inf else "-9e999" if value == -math.inf else repr(value)


PLACES: dict[str, Callable[[Any], Place]] = {
    "duckdb": lambda request: DuckDBDatabase(_folder(request)),
    "postgres": lambda request: PostgreSQL(request.getfixturevalue("postgres")),
    "mariadb": lambda request: MariaDBDatabase(request.getfixturevalue("mariadb")),
    "sqlite": lambda request: SQLite(_folder(request)),
}


def _folder(request: Any) -> Path:
    return request.getfixturevalue("tmp_path_factory").mktemp("database")
