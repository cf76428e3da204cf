"""What a gate found, as OpenLineage tells it: assertions, metrics and tests of the data set that it read.

The provider is optional: Airflow's listener asks for this only where it is installed.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow_mlquality.checks.levels import level_text
from airflow_mlquality.operators.sql import Sql
from airflow_mlquality.pages.words import observed_text, printable
from airflow_mlquality.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_mlquality.operators.audited import Audited
    from airflow_mlquality.report import Report
    from airflow_mlquality.verdict import Verdict

STATUS = {"pass": "pass", "warn": "fail", "fail": "fail", "undecided": "skip", "error": "fail"}
"""Outcome to the status of a test: what is undecided was not decided, whatever the gate did about it."""
LONGEST = 300


def lineage_of(audited: Audited | None, source: Any) -> Any:
    """Return what OpenLineage is told of a gate; of one that found nothing, nothing.

    Parameters
    ----------
    audited
        What the gate found; None when it failed before.
    source
        The rows, as the operator was given them.
    """
    from airflow.providers.openlineage.extractors import OperatorLineage

    if audited is None:
        return OperatorLineage()
    report = audited.report
    named = dataset_name(source)
    return OperatorLineage(inputs=[_dataset(report, *named)] if named else [], run_facets=_run_facets(report))


def dataset_name(source: Any) -> tuple[str, str] | None:
    """Return namespace and name of a data set, by OpenLineage's rules; None where the rows have no address.

    A query has none, and neither has a dataframe.

    >>> dataset_name("/data/days/1.csv"), dataset_name("s3://my_conn@lake/days/1.parquet")
    (('file', '/data/days/1.csv'), ('s3://lake', 'days/1.parquet'))
    """
    if isinstance(source, Sql):
        return _table_name(source) if source.table else None
    path = getattr(source, "path", None) if hasattr(source, "conn_id") else None
    text = f"{source.protocol}://{path}" if path and hasattr(source, "protocol") else str(source)
    if not isinstance(source, str | Path) and path is None:
        return None
    if text.startswith(("profile:", "{", "[")) or "\n" in text:
        return None
    if "://" not in text or text.startswith("file:"):
        local = urlsplit(text).path if text.startswith("file:") else text
        return "file", str(Path(local).absolute())
    parts = urlsplit(text)
    host = parts.netloc.rpartition("@")[2] if parts.scheme in ("s3", "s3a", "gs", "gcs") else parts.netloc
    scheme = {"s3a": "s3", "gcs": "gs"}.get(parts.scheme, parts.scheme)
    return f"{scheme}://{host}", parts.path.lstrip("/") or "/"


def _table_name(source: Sql) -> tuple[str, str] | None:
    """Return namespace and name of a table, as the connection's hook tells them."""
    from airflow.providers.openlineage.sqlparser import SQLParser
    from airflow.sdk import BaseHook

    connection = BaseHook.get_connection(source.conn_id)
    hook = connection.get_hook()  # type: ignore[no-untyped-call]  # Airflow's own has no types
    info = hook.get_openlineage_database_info(connection)
    if info is None:
        return None
    parts = [part.strip('"`[]') for part in re.findall(r'"[^"]*"|`[^`]*`|\[[^\]]*\]|[^.]+', source.table)]
    if len(parts) == 1:
        parts = [each for each in (_default_schema(hook), *parts) if each]
    database = info.database or connection.schema
    if database and len(parts) == 2:  # noqa: PLR2004  a schema and a table
        parts = [database, *parts]
    return SQLParser.create_namespace(info), ".".join(parts)


def _default_schema(hook: Any) -> str:
    """Return the schema of tables that name none; some hooks ask the database, which may be away."""
    try:
        return str(hook.get_openlineage_default_schema() or "")
    except Exception:  # noqa: BLE001  whatever the driver raises; the rest is told all the same
        return ""


def _dataset(report: Report, namespace: str, name: str) -> Any:
    from openlineage.client.event_v2 import InputDataset
    from openlineage.client.facet_v2 import data_quality_assertions_dataset as facet

    assertions = [_assertion(verdict, report) for verdict in report.verdicts if STATUS[verdict.outcome] != "skip"]
    facets: dict[str, Any] = {"dataQualityAssertions": facet.DataQualityAssertionsDatasetFacet(assertions=assertions)}
    if report.rows is not None:
        facets["dataQualityMetrics"] = _metrics(report)
    return InputDataset(namespace=namespace, name=name, inputFacets=facets)


def _metrics(report: Report) -> Any:
    from openlineage.client.facet_v2 import data_quality_metrics_input_dataset as facet

    columns = {name: facet.ColumnMetrics(**numbers) for name, numbers in _columns(report).items()}
    return facet.DataQualityMetricsInputDatasetFacet(rowCount=report.rows, columnMetrics=columns)


def _columns(report: Report) -> dict[str, dict[str, Any]]:
    """Return the counts of each measured column. Extremes are values of rows, and are left out."""
    from airflow_mlquality.measurements import DistinctCount, Moments, NullCount

    columns: dict[str, dict[str, Any]] = {}
    for measurement, fact in report.profile.facts.items():
        if isinstance(measurement, NullCount):
            columns.setdefault(measurement.column, {})["nullCount"] = int(fact)
        elif isinstance(measurement, DistinctCount):
            columns.setdefault(measurement.column, {})["distinctCount"] = int(fact.count)
        elif isinstance(measurement, Moments):
            columns.setdefault(measurement.column, {})["count"] = float(fact.count)
    return columns


def _assertion(verdict: Verdict, report: Report) -> Any:
    from openlineage.client.facet_v2 import data_quality_assertions_dataset as facet

    column = {"column": verdict.place} if verdict.place in report.profile.schema.names else {}
    common = {"assertion": verdict.check, "success": verdict.outcome is Outcome.PASS, **column}
    return facet.Assertion(**_known(facet.Assertion, {**common, **_details(verdict)}))


def _run_facets(report: Report) -> dict[str, Any]:
    try:
        from openlineage.client.facet_v2 import test_run as facet
    except ImportError:  # clients before 1.47
        return {}
    tests = [
        facet.TestExecution(
            **_known(
                facet.TestExecution, {"status": STATUS[verdict.outcome], "type": verdict.check, **_details(verdict)}
            )
        )
        for verdict in report.verdicts
    ]
    return {"test": facet.TestRunFacet(tests=tests)}


def _details(verdict: Verdict) -> dict[str, Any]:
    details = {
        "name": printable(verdict.id)[:LONGEST],
        "severity": "warn" if verdict.outcome is Outcome.WARN else "error",
        "expected": level_text(verdict.warn if verdict.outcome is Outcome.WARN else verdict.fail),
        "actual": observed_text(verdict) if _is_finite(verdict) else "",
    }
    return {name: value for name, value in details.items() if value}


def _is_finite(verdict: Verdict) -> bool:
    return verdict.observed is not None and math.isfinite(verdict.observed)


def _known(kind: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Return those values that this version of the client has a field for."""
    fields = {each.name for each in _fields(kind)}
    return {name: value for name, value in values.items() if name in fields}


def _fields(kind: Any) -> Iterator[Any]:
    yield from kind.__attrs_attrs__
