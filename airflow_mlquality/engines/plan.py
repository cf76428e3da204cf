"""What has to be measured: the distinct facts that checks ask for, on the bins of the reference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from airflow_mlquality.checks.judging import unjudgeable
from airflow_mlquality.measurements import Measurement, RowCount, Schema, Shape
from airflow_mlquality.measurements.shapes import shape_kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from airflow_mlquality.checks import Check
    from airflow_mlquality.profile import Profile


@dataclass(frozen=True)
class Plan:
    """What has to be measured.

    Parameters
    ----------
    checks
        As they stand on this schema at this moment, such as one drift check per column.
    measurements
        Each once; shapes carry the bins of the reference.
    open_shapes
        Shapes that no reference has bins for; the engine chooses them.
    """

    checks: tuple[Check, ...]
    measurements: tuple[Measurement[Any], ...]
    open_shapes: tuple[Shape, ...]


def plan(checks: Sequence[Check], schema: Schema, moment: datetime, reference: Profile | None = None) -> Plan:
    """Return what checks need on a schema; a check that means nothing on it asks for nothing."""
    standing = tuple(each for check in checks for each in check.as_of(moment).expand(schema))
    wanted: dict[Measurement[Any], None] = {RowCount(): None}
    for check in standing:
        if unjudgeable(check, schema) is None:
            wanted |= dict.fromkeys(_needs(check, schema))
    placed = [bound(each, schema, reference) if isinstance(each, Shape) else each for each in wanted]
    return Plan(
        standing,
        tuple(each for each in placed if not _is_open(each)),
        tuple(each for each in placed if isinstance(each, Shape) and _is_open(each)),
    )


def _needs(check: Check, schema: Schema) -> Sequence[Measurement[Any]]:
    try:
        return check.needs(schema)
    except Exception:  # noqa: BLE001  the judge asks again, and makes it the error of this check alone
        return ()


def bound(shape: Shape, schema: Schema, reference: Profile | None) -> Shape:
    """Return a shape with the bins of a reference, where it has some for a column of that kind."""
    if reference is None or shape not in reference:
        return shape
    bins = reference[shape].bins
    return replace(shape, bins=bins) if bins.kind == shape_kind(schema[shape.column]) else shape


def _is_open(measurement: Measurement[Any]) -> bool:
    return isinstance(measurement, Shape) and measurement.bins is None
