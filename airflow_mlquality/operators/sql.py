"""A table or a query behind an Airflow connection, as a source of any operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_mlquality.operators.locations import BehindConnection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.engines.sources import Database

_OF_CONNECTION = {"databricks_sql": "databricks", "gcpbigquery": "bigquery", "google_cloud_platform": "bigquery"}
"""Dialects of connection types whose hooks do not name the dialect as we do."""
_OF_ODBC_DRIVER = {
    "sql server": "tsql",
    "postgres": "postgres",
    "mysql": "mysql",
    "mariadb": "mariadb",
    "sqlite": "sqlite",
    "snowflake": "snowflake",
    "databricks": "databricks",
    "oracle": "oracle",
    "redshift": "redshift",
    "clickhouse": "clickhouse",
}
"""Dialects by a part of the name of an ODBC or JDBC driver."""


class Sql(BehindConnection):
    """A table, or the rows of a query, in a database that Airflow has a connection to.

    The rows stay in the database: it is asked for counts and sums, in one transaction that reads only. The database
    can be any whose Airflow hook is a `DbApiHook`, such as PostgreSQL, MySQL, SQLite, Snowflake, BigQuery or Trino;
    the package `apache-airflow-providers-common-sql` and the provider of the database must be installed.

    Parameters
    ----------
    conn_id
        Airflow connection.
    table
        Its name, such as ``orders``, ``analytics.orders`` or ``"With.Dot"``. Either it or `query`.
    query
        One SELECT in the database's own SQL. It is never shown.
    dialect
        Which database it is; by default the connection's hook says so.

    Notes
    -----
    Templated, as the value of an operator's templated field: `conn_id`, `table`, `query`.

    Examples
    --------
    >>> Sql(conn_id="warehouse", table="analytics.orders")
    Sql(conn_id='warehouse', table='analytics.orders')
    >>> Sql(conn_id="warehouse", query="select * from orders where day = '{{ ds }}'")
    Sql(conn_id='warehouse', query=…)
    """

    template_fields: Sequence[str] = ("conn_id", "table", "query")

    def __init__(self, *, conn_id: str, table: str = "", query: str = "", dialect: str = "") -> None:
        if bool(table) == bool(query):
            msg = f"Sql(conn_id={conn_id!r}): name a table, or give a query, one of the two"
            raise ValueError(msg)
        self.conn_id = conn_id
        self.table = table
        self.query = query
        self.dialect = dialect

    def __repr__(self) -> str:
        """Return what it is, without the text of a query: that may hold values."""
        what = f"table={self.table!r}" if self.table else "query=…"
        return f"Sql(conn_id={self.conn_id!r}, {what})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sql) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.conn_id, self.table, self.query, self.dialect))

    def located(self, comment: str) -> Database:
        """Return the source as the core knows it; nothing is opened yet.

        Raises
        ------
        UsageError
            When there is no such connection, or it is to no database.
        """
        from airflow_mlquality.engines.sources import Database

        hook = _hook(self.conn_id)
        return Database(
            connect=hook.get_conn,
            dialect=self.dialect or _dialect(hook, self.conn_id),
            table=self.table,
            query=self.query,
            name=self.conn_id,
            comment=comment,
        )


def _hook(conn_id: str) -> Any:
    """Return the hook of a connection, which must be one to a database."""
    from airflow.exceptions import AirflowNotFoundException  # type: ignore[attr-defined]  # of every Airflow 3
    from airflow.sdk import BaseHook

    from airflow_mlquality.errors import UsageError

    try:
        connection = BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        raise UsageError.no_connection(conn_id) from None
    try:
        from airflow.providers.common.sql.hooks.sql import DbApiHook
    except ImportError:
        raise UsageError.no_database(conn_id, connection.conn_type, "common.sql is not installed") from None
    try:
        hook = connection.get_hook()  # type: ignore[no-untyped-call]
    except Exception as refused:  # noqa: BLE001  Airflow and providers raise what they like
        raise UsageError.no_database(conn_id, connection.conn_type, f"{type(refused).__name__}: {refused}") from None
    if not isinstance(hook, DbApiHook):
        raise UsageError.no_database(conn_id, connection.conn_type, f"{type(hook).__name__} is no DbApiHook")
    return hook


def _dialect(hook: Any, conn_id: str) -> str:
    """Return which database a hook speaks to."""
    connection = hook.connection
    kind = str(connection.conn_type)
    if kind == "postgres" and connection.extra_dejson.get("redshift"):
        return "redshift"
    if kind in ("odbc", "jdbc"):
        return _of_driver(hook, conn_id)
    return _OF_CONNECTION.get(kind, kind)


def _of_driver(hook: Any, conn_id: str) -> str:
    """Return which database a driver of ODBC or JDBC is for, by its name."""
    from airflow_mlquality.errors import UsageError

    extra = hook.connection.extra_dejson
    names = [getattr(hook, "driver", None), extra.get("driver"), extra.get("driver_class"), hook.connection.host]
    text = " ".join(str(name) for name in names if name).lower()
    for part, dialect in _OF_ODBC_DRIVER.items():
        if part in text or part.replace(" ", "") in text:
            return dialect
    raise UsageError.unknown_driver(conn_id, _OF_ODBC_DRIVER.values())
