"""Where rows may lie, told apart without reading any."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


def is_frame(source: object) -> bool:
    """Return whether a source is an object in the memory of this process."""
    return not is_spark_frame(source) and (
        hasattr(source, "__arrow_c_stream__")
        or hasattr(source, "__arrow_c_array__")
        or hasattr(source, "__dataframe__")
        or type(source).__module__.partition(".")[0] in ("pandas", "polars", "pyarrow")
    )


def label_of(source: object) -> str:
    """Return a path or URL for people, without credentials; of anything else its type, for its text may be rows.

    >>> label_of("s3://key:secret@bucket/day.parquet"), label_of(["Ann"])
    ('s3://***@bucket/day.parquet', 'builtins list')
    """
    if isinstance(source, Database | SparkSource):
        return str(source)
    if not isinstance(source, str | os.PathLike) and not hasattr(type(source), "fs"):
        return f"{type(source).__module__.partition('.')[0]} {type(source).__name__}"
    return re.sub(r"//[^/@:]+:[^/@]*@", "//***@", str(source))


@dataclass(frozen=True, kw_only=True)
class Database:
    """A table or a query of a database, reached by a DB-API 2.0 connection (PEP 249). Its rows stay where they are.

    Parameters
    ----------
    connect
        Opens a connection; the engine opens as many as it needs and closes them.
    dialect
        Which database it is, by the name of its class in `airflow_mlquality.engines.dialects`, such as `postgres`.
    table
        Its name, with its schema before a dot where it needs one. Either it or `query`.
    query
        One SELECT in the database's own SQL.
    name
        Of the connection, for people.
    comment
        Put before every statement, so that the database's own lists say whose it is.
    """

    connect: Callable[[], Any]
    dialect: str
    table: str = ""
    query: str = ""
    name: str = ""
    comment: str = ""

    def __str__(self) -> str:
        """Return where the rows lie, for people; a query is not shown, it may hold values."""
        return f"{self.name or self.dialect}:{self.table or 'query'}"


@dataclass(frozen=True, kw_only=True)
class SparkSource:
    """A table, path, query or DataFrame of a Spark session, classic or Connect.

    Parameters
    ----------
    session
        A `SparkSession`, or a function that opens one.
    table
        Name in the session's catalogue. One of it, `path`, `query` and `frame`.
    path
        Files that Spark reads.
    format
        Of the files, as Spark calls it.
    query
        One SELECT in Spark SQL.
    frame
        A Spark DataFrame.
    options
        Of Spark's reader of that format, for a path.
    name
        Of the connection, for people.
    comment
        Which task asks; the jobs are described so.
    """

    session: Any
    table: str = ""
    path: str = ""
    format: str = "parquet"
    query: str = ""
    frame: Any = None
    options: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    comment: str = ""

    def __str__(self) -> str:
        """Return where the rows lie, for people."""
        return f"{self.name or 'spark'}:{self.table or self.path or ('query' if self.query else 'dataframe')}"


def is_spark_frame(source: object) -> bool:
    """Return whether a source is a DataFrame of Spark, classic or Connect."""
    return type(source).__module__.startswith("pyspark.sql") and type(source).__name__ == "DataFrame"
