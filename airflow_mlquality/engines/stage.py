"""A stage while it is measured: its table, the sources it is related to, and the facts taken of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.distinct import counted_exactly
from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.measuring import measure
from airflow_mlquality.engines.plan import Plan, bound
from airflow_mlquality.engines.sampling import measured_with_samples
from airflow_mlquality.errors import EngineError, LostError, SourceError, did_you_mean
from airflow_mlquality.measurements import (
    DistinctCount,
    Elsewhere,
    LogicalType,
    Measurement,
    Moments,
    NonFinite,
    NullCount,
    Orphans,
    RowCount,
    RowsWhere,
    Separation,
    Shape,
    ShapeBySegment,
    SharedRows,
    TextLengths,
)
from airflow_mlquality.measurements.counts import RELATED_PREFIX
from airflow_mlquality.profile import NoColumn, Profile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.engines.engine import Engine, Table
    from airflow_mlquality.measurements import Bins, Schema


def measure_stage(engine: Engine, table: Table, planned: Plan, related: Mapping[str, Any]) -> Profile:
    """Return the profile of a stage: all facts of the plan, and why one is missing where it is.

    Parameters
    ----------
    related
        Sources by the names that the contract gives them; one that cannot be read fails the checks that need it.
    """
    opened, unreachable = _open_related(engine, planned, related)
    failures: dict[Measurement[Any], str] = {
        each: unreachable[name]
        for each in planned.measurements
        if (name := _source_of(each)) is not None and name in unreachable
    }
    failures |= _unknown_columns(planned.measurements, opened)
    chosen = chosen_bins(engine, table, planned.open_shapes, failures)
    wanted = [each for each in planned.measurements if each not in failures]
    abroad = [each for each in wanted if isinstance(each, Elsewhere)]
    wanted = [each for each in wanted if not isinstance(each, Elsewhere)]
    wanted += [replace(shape, bins=bins) for shape, bins in chosen.items()]
    wanted = _on_bins_of_shapes(wanted, failures)
    facts, failed = measured_with_samples(engine, table, wanted)
    facts |= counted_exactly(engine, table, facts)
    for name, other in opened.items():
        more, lost = _of_related(engine, table, other, [each for each in abroad if each.source == name])
        facts |= more
        failures |= lost
    return Profile(table.schema, facts, failures | failed, source=table.label, taken_at=datetime.now(UTC).isoformat())


def _on_bins_of_shapes(
    wanted: Sequence[Measurement[Any]], failures: dict[Measurement[Any], str]
) -> list[Measurement[Any]]:
    """Return measurements where shapes by segment count on the bins of the shapes beside them."""
    bins = {each.question(): each.bins for each in wanted if isinstance(each, Shape) and each.bins}
    placed = [each.bound(bins) if isinstance(each, ShapeBySegment) else each for each in wanted]
    for each in placed:
        if isinstance(each, ShapeBySegment) and each.bins is None:
            failures[each] = f"there are no bins of '{each.column}' or '{each.by}' to count on"
    return [each for each in placed if each not in failures]


def chosen_bins(
    engine: Engine, table: Table, shapes: Sequence[Shape], failures: dict[Measurement[Any], str]
) -> dict[Shape, Bins]:
    """Return bins for open shapes; where that fails, halves are tried, until the failure is that of single shapes."""
    try:
        return engine.choose_bins(table, shapes)
    except LostError:
        raise
    except EngineError as failed:
        if len(shapes) == 1:
            failures[shapes[0]] = str(failed)
            return {}
    middle = len(shapes) // 2
    first = chosen_bins(engine, table, shapes[:middle], failures)
    return first | chosen_bins(engine, table, shapes[middle:], failures)


def _source_of(measurement: Measurement[Any]) -> str | None:
    """Return the other source that a measurement reads."""
    if isinstance(measurement, Orphans | SharedRows):
        return measurement.to
    return measurement.source if isinstance(measurement, Elsewhere | Separation) else None


def _unknown_columns(wanted: Sequence[Measurement[Any]], opened: Mapping[str, Table]) -> dict[Measurement[Any], str]:
    """Return what names a column that the other source lacks: SQL would take that of the stage, and find it there."""
    failures: dict[Measurement[Any], str] = {}
    for each in wanted:
        name, columns = _source_of(each) or "", _read_there(each)
        known = opened[name].schema.names if name in opened else columns
        unknown = next((column for column in columns if column not in known), None)
        if unknown is not None:
            told = f"the source '{name}' has no column '{unknown}'.{did_you_mean(unknown, known)}"
            failures[each] = NoColumn(told)
    return failures


def _read_there(measurement: Measurement[Any]) -> tuple[str, ...]:
    """Return the columns of the other source that a measurement of both reads."""
    if isinstance(measurement, Orphans):
        return (measurement.to_column,)
    return measurement.columns() if isinstance(measurement, SharedRows | Separation) else ()


def _of_related(
    engine: Engine, table: Table, other: Table, wanted: Sequence[Elsewhere]
) -> tuple[dict[Measurement[Any], Any], dict[Measurement[Any], str]]:
    """Return facts of another source, and why one is missing."""
    failures: dict[Measurement[Any], str] = {}
    asked = {}
    for each in wanted:
        known = {*other.schema.names, *(table.schema.names if isinstance(each.of, RowsWhere) else ())}
        unknown = [name for name in each.of.columns() if name not in known]
        if unknown:
            failures[each] = NoColumn(f"the source '{each.source}' has no column '{unknown[0]}'")
        else:
            asked[each.of] = each
    facts, failed = measure(engine, other, asked) if asked else ({}, {})
    failures |= {asked[inner]: why for inner, why in failed.items()}
    return {asked[inner]: fact for inner, fact in facts.items()}, failures


def _open_related(engine: Engine, planned: Plan, related: Mapping[str, Any]) -> tuple[dict[str, Table], dict[str, str]]:
    """Open the other sources that are read; return why, of those that cannot be."""
    unreachable = {}
    opened = {}
    names = {name for each in planned.measurements if (name := _source_of(each)) is not None}
    for name in sorted(names):
        try:
            if name not in related:
                raise SourceError.unnamed(name, related)
            table = engine.open(RELATED_PREFIX + name, related[name], Reading())
            if table.broken:
                raise SourceError.partly_readable(table.label, table.broken)
        except SourceError as error:
            unreachable[name] = str(error)
        else:
            opened[name] = table
    return opened, unreachable


_NOT_COUNTED = (LogicalType.OTHER, LogicalType.NULL, LogicalType.BINARY)
"""Types whose different values nobody asks for, and that not every engine can compare."""

_ON_A_SCALE = (LogicalType.FLOAT, LogicalType.TIMESTAMP, LogicalType.TIMESTAMP_TZ, LogicalType.BOOLEAN)
"""Types of which the number of different values says little, or the shape says it: a gate does not count them."""


def whole_profile(schema: Schema, like: Profile | None = None, *, merges: bool = True) -> Plan:
    """Return the plan of everything that a profile may be asked for later, on the bins of another one.

    Parameters
    ----------
    merges
        Whether it is to merge with the profiles of other parts.
    """
    wanted: list[Measurement[Any]] = [RowCount()]
    shapes = []
    for column in schema:
        wanted += [NullCount(column.name), NonFinite(column.name), Moments(column.name), TextLengths(column.name)]
        if not column.type.is_nested and column.type not in (*_NOT_COUNTED, *(() if merges else _ON_A_SCALE)):
            wanted.append(DistinctCount(column.name, merges))
        shapes.append(Shape(column.name))
        if column.type.is_time:
            shapes.append(Shape(column.name, "position"))
    placed = [bound(shape, schema, like) for shape in shapes]
    wanted += [shape for shape in placed if shape.bins is not None]
    return Plan((), tuple(wanted), tuple(shape for shape in placed if shape.bins is None))
