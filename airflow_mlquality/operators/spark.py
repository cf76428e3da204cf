"""A table, path or query of Spark as a source of any operator."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_mlquality.operators.locations import BehindConnection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from airflow_mlquality.engines.sources import SparkSource

_CLUSTERS = ("spark", "yarn", "k8s", "local")
"""Connection types of the Spark provider; the latter come of URIs, such as ``k8s://https://host``."""
_OF_EXTRA = {
    "queue": "spark.yarn.queue",
    "namespace": "spark.kubernetes.namespace",
    "principal": "spark.kerberos.principal",
}
"""Settings of Spark that the provider's connections spell otherwise."""
_OURS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
"""What a session of ours is opened with, unless the connection says otherwise."""


class Spark(BehindConnection):
    """A table, files, or the rows of a query that Spark reads, classic or Connect.

    The rows stay in the cluster: it is asked for counts and sums. A session that is opened for a task ends with it; one
    that was running is left as it was. Install `airflow-provider-mlquality[spark]`; for connections also
    `apache-airflow-providers-apache-spark`.

    Parameters
    ----------
    conn_id
        Airflow connection of type `spark`, at whose master the session is opened, with the driver in the task; or of
        type `spark_connect`. Keys of its extra that begin with ``spark.`` are settings of the session.
    table
        Name in the catalogue, such as ``flights`` or ``lake.analytics.flights``. One of it, `path` and `query`.
    path
        Files that Spark reads.
    format
        Of the files, as Spark calls it: `parquet`, `orc`, `csv`, `json`, `delta` …
    query
        One SELECT in Spark SQL. It is never shown.
    options
        Of Spark's reader of that format, for a path.
    session
        A function that returns a `SparkSession`, instead of a connection. It is called when the task runs.

    Notes
    -----
    Templated, as the value of an operator's templated field: `conn_id`, `table`, `path`, `query`, `options`.

    A check between tables needs both in one session: give them the same `conn_id`, or the same function.

    Examples
    --------
    >>> Spark(table="lake.flights")
    Spark(conn_id='spark_default', table='lake.flights')
    >>> Spark(conn_id="lake", path="s3a://lake/flights/day={{ ds }}", format="orc")
    Spark(conn_id='lake', path='s3a://lake/flights/day={{ ds }}', format='orc')
    >>> Spark(query="select * from flights where day = '{{ ds }}'")
    Spark(conn_id='spark_default', query=…)
    """

    template_fields: Sequence[str] = ("conn_id", "table", "path", "query", "options")

    def __init__(
        self,
        *,
        conn_id: str = "spark_default",
        table: str = "",
        path: str = "",
        format: str = "parquet",  # noqa: A002  Spark's own word
        query: str = "",
        options: Mapping[str, str] | None = None,
        session: Callable[[], Any] | None = None,
    ) -> None:
        self.conn_id = conn_id
        self.table = table
        self.path = path
        self.format = format
        self.query = query
        self.options = dict(options or {})
        self.session = session
        if sum(map(bool, (table, path, query))) != 1:
            msg = f"{self._where()}): name a table, a path, or give a query, one of the three"
            raise ValueError(msg)

    def __repr__(self) -> str:
        """Return what it is, without the text of a query: that may hold values."""
        if self.query:
            return f"{self._where()}, query=…)"
        if self.table:
            return f"{self._where()}, table={self.table!r})"
        return f"{self._where()}, path={self.path!r}, format={self.format!r})"

    def _where(self) -> str:
        return "Spark(session=…" if self.session else f"Spark(conn_id={self.conn_id!r}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spark) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.conn_id, self.table, self.path, self.format, self.query))

    def located(self, comment: str) -> SparkSource:
        """Return the source as the core knows it; nothing is opened yet.

        Raises
        ------
        UsageError
            When there is no such connection, or it is to no Spark.
        """
        from airflow_mlquality.engines.sources import SparkSource

        return SparkSource(
            session=self.session or _opener(self.conn_id, comment),
            table=self.table,
            path=self.path,
            format=self.format,
            query=self.query,
            options={name: str(value) for name, value in self.options.items()},
            name="" if self.session else self.conn_id,
            comment=comment,
        )


@dataclass(frozen=True)
class _Cluster:
    """Opens a classic session, whose driver is in this process; two are the same when they open the same."""

    master: str
    settings: tuple[tuple[str, str], ...] = field(repr=False)
    conn_id: str
    title: str = field(compare=False)

    def __call__(self) -> Any:
        """Return the session of this process, which has one at most."""
        from pyspark import SparkContext
        from pyspark.sql import SparkSession

        from airflow_mlquality.errors import SourceError

        running = SparkContext._active_spark_context  # noqa: SLF001  PySpark has no public way
        if running is not None:
            if running.master != self.master:
                raise SourceError.other_spark(self.conn_id, self.master, running.master)
            return SparkSession.builder.getOrCreate()
        builder = SparkSession.builder.appName(self.title or "mlquality").master(self.master)
        for name, value in {**_OURS, **dict(self.settings)}.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("FATAL")  # Spark's log of a failed task repeats the value that it failed at
        logging.getLogger("py4j").setLevel(logging.WARNING)  # it tells of every call of Java, in the task's log
        return session


@dataclass(frozen=True)
class _Server:
    """Opens a session of Spark Connect."""

    url: str = field(repr=False)
    settings: tuple[tuple[str, str], ...] = field(repr=False)

    def __call__(self) -> Any:
        """Return a session of its own."""
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.remote(self.url)
        for name, value in self.settings:
            builder = builder.config(name, value)
        return builder.create()


def _opener(conn_id: str, title: str) -> Callable[[], Any]:
    """Return what opens the session of a connection."""
    from airflow.exceptions import AirflowNotFoundException  # type: ignore[attr-defined]  # 3.1 has it here alone
    from airflow.sdk import BaseHook

    from airflow_mlquality.errors import UsageError

    try:
        connection = BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        raise UsageError.no_connection(conn_id) from None
    if connection.conn_type == "spark_connect":
        return _Server(_url(conn_id), _settings(connection.extra_dejson))
    if connection.conn_type not in _CLUSTERS:
        raise UsageError.no_spark(conn_id, connection.conn_type)
    return _Cluster(_master(connection), _settings(connection.extra_dejson), conn_id, title)


def _url(conn_id: str) -> str:
    from airflow_mlquality.errors import UsageError

    try:
        from airflow.providers.apache.spark.hooks.spark_connect import SparkConnectHook
    except ImportError:
        raise UsageError.no_spark(conn_id, "spark_connect") from None
    return str(SparkConnectHook(conn_id=conn_id).get_connection_url())


def _master(connection: Any) -> str:
    """Return the master of a connection, told as the provider's own hook tells it."""
    host, port = connection.host or "", connection.port
    if connection.conn_type == "spark" and not host:
        return "local[*]"
    is_whole = connection.conn_type == "spark" and ("://" in host or not port)
    master = host if is_whole else f"{connection.conn_type}://{host}"
    return f"{master}:{port}" if port else master


def _settings(extra: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the settings of Spark that an extra holds; how an application is submitted means nothing here."""
    named = {_OF_EXTRA.get(name, name): value for name, value in extra.items()}
    return tuple(sorted((name, _text(value)) for name, value in named.items() if name.startswith("spark.")))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
