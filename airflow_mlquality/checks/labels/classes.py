"""Classes of labels and predictions as they are counted: what tells a class in SQL, and its text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from airflow_mlquality.checks.labels.declared import class_name, without_label
from airflow_mlquality.measurements import Groups, GroupsFact, LogicalType, Schema, in_groups, sql
from airflow_mlquality.measurements.shapes import class_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.measurements.groups import Cell

MOST_CLASSES = 1_000
"""Classes, or pairs of them, that are counted one by one."""


def class_key(column: str, schema: Schema) -> str:
    """Return the SQL of what tells the class in a column."""
    return sql.text(class_value(schema[column]))


def labelled(columns: Sequence[str], schema: Schema) -> str:
    """Return the SQL of the rows that have a class in each of some columns."""
    return sql.text(exp.and_(*(exp.not_(without_label(column, schema)) for column in columns)))


def rows_by_class(columns: Sequence[str], schema: Schema, *values: str, by: str = "") -> Groups:
    """Return how many rows carry each class, or combination of classes, of some columns; `by` is a further key."""
    keys = [class_key(column, schema) for column in columns]
    return in_groups([*keys, *([by] if by else [])], *values, where=labelled(columns, schema), limit=MOST_CLASSES)


def class_text(value: Cell, type_: LogicalType) -> str:
    """Return a class as text, whatever form the engine gives it.

    >>> class_text(1, LogicalType.BOOLEAN), class_text(1.0, LogicalType.FLOAT), class_text("a", LogicalType.STRING)
    ('true', '1', 'a')
    """
    if type_ is LogicalType.BOOLEAN and isinstance(value, int):
        return str(bool(value)).lower()
    return "NULL" if value is None else class_name(value)


@dataclass(frozen=True)
class Contingency:
    """Rows by the classes of two columns.

    Parameters
    ----------
    classes
        Of either column, as text, in one order.
    counts
        Row i, column j: rows of class i in the first column and class j in the second.
    """

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(map(sum, self.counts))


def contingency(fact: GroupsFact, types: tuple[LogicalType, LogicalType]) -> Contingency:
    """Return the counts of pairs of classes as a table.

    >>> contingency(GroupsFact(((1, 1, 5), (1, 0, 2))), (LogicalType.INTEGER, LogicalType.INTEGER))
    Contingency(classes=('0', '1'), counts=((0, 0), (2, 5)))
    """
    cells: dict[tuple[str, str], int] = {}
    for first, second, rows in fact.rows:
        pair = class_text(first, types[0]), class_text(second, types[1])
        cells[pair] = cells.get(pair, 0) + int(rows or 0)
    classes = tuple(sorted({name for pair in cells for name in pair}))
    return Contingency(classes, tuple(tuple(cells.get((a, b), 0) for b in classes) for a in classes))
