"""What tells a feature's value where it is compared with a label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_mlquality.measurements import LogicalType, sql
from airflow_mlquality.measurements.shapes import as_category

if TYPE_CHECKING:
    from airflow_mlquality.measurements import Column

_STEPS = 47
"""A decade has so many steps of 5 %."""
_LEAST_SIZE = 301 * _STEPS
"""Makes the size of the smallest numbers positive, so that their sign can be put before it."""


def has_few_values(type_: LogicalType) -> bool:
    """Return whether a feature of that type has few values as they are compared: in a sample each has its kin."""
    return type_.is_number or type_.is_time or type_ is LogicalType.BOOLEAN


def value_key(column: Column) -> str:
    """Return the SQL of what tells a feature's value."""
    name = sql.text(sql.finite(column))
    if column.type.is_time:
        return f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END"
    if not column.type.is_number:
        return sql.text(as_category(column))
    number = f"CAST({name} AS DOUBLE)"
    size = f"(FLOOR({_STEPS} * LOG10(ABS({number}))) + {_LEAST_SIZE})"
    signed = f"CASE WHEN {number} < 0 THEN -{size} ELSE {size} END"
    exact = 1000 if column.type is LogicalType.INTEGER else 1e-300
    small = number if column.type is LogicalType.INTEGER else "0"
    return f"CASE WHEN {name} IS NULL THEN NULL WHEN ABS({number}) < {exact} THEN {small} ELSE {signed} END"
