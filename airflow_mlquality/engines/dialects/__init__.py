"""How each engine's SQL says what the measurements ask: one class per dialect, one portable meaning."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from airflow_mlquality.errors import SourceError

if TYPE_CHECKING:
    from airflow_mlquality.engines.dialects.base import Dialect

DIALECTS = {
    "duckdb": "DuckDB",
    "postgres": "PostgreSQL",
    "sqlite": "SQLite",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "spark": "Spark",
    "databricks": "Databricks",
    "snowflake": "Snowflake",
    "bigquery": "BigQuery",
    "redshift": "Redshift",
    "trino": "Trino",
    "clickhouse": "ClickHouse",
    "tsql": "TSQL",
    "oracle": "Oracle",
}
"""Class of each dialect by the name of the dialect; its module has that name too."""

ALIASES = {
    "postgresql": "postgres",
    "pgsql": "postgres",
    "cockroachdb": "postgres",
    "sqlite3": "sqlite",
    "spark_sql": "spark",
    "sparksql": "spark",
    "gcpbigquery": "bigquery",
    "google_cloud_platform": "bigquery",
    "presto": "trino",
    "athena": "trino",
    "mssql": "tsql",
    "sqlserver": "tsql",
    "odbc_mssql": "tsql",
}
"""What else people and Airflow's connections call them."""


def dialect_named(name: str) -> Dialect:
    """Return the dialect of a name or an alias of one.

    Raises
    ------
    SourceError
        When there is none of that name.

    Examples
    --------
    >>> dialect_named("postgresql").title
    'PostgreSQL'
    """
    lowered = name.lower()
    known = ALIASES.get(lowered, lowered)
    if known not in DIALECTS:
        raise SourceError.unknown_dialect(name, (*DIALECTS, *ALIASES))
    dialect: Dialect = getattr(import_module(f"{__name__}.{known}"), DIALECTS[known])()
    return dialect
