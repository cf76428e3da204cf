"""The most probable class of a row, and the rows whose label a model contradicts most, named by their key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from airflow_mlquality.checks.labels.classes import class_text
from airflow_mlquality.checks.segments import can_tell_groups, group_key
from airflow_mlquality.measurements import Groups, Schema, Step, sql
from airflow_mlquality.measurements.shapes import class_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.checks.base import Facts
    from airflow_mlquality.stats.confident import Array


def mislabelled(joint: Array, rows: int, classes: Sequence[str]) -> list[dict[str, Any]]:
    """Return given and probable labels, the most rows first."""
    pairs = [
        {"label": given, "probably": true, "share": float(joint[i, j]) / rows}
        for i, given in enumerate(classes)
        for j, true in enumerate(classes)
        if i != j and joint[i, j] > 0
    ]
    return sorted(pairs, key=lambda each: -float(str(each["share"])))[:10]


def can_name(key: Sequence[str], schema: Schema) -> bool:
    """Return whether a key is there and its values tell rows apart."""
    return bool(key) and all(name in schema and can_tell_groups(schema[name].type) for name in key)


def suspects(
    schema: Schema, key: Sequence[str], label: str, likely: exp.Expr, margin: exp.Expr, where: exp.Expr, limit: int
) -> Groups:
    """Return the rows of the largest margins, each with its key, label and most probable class.

    Parameters
    ----------
    likely
        The place of the most probable class.
    margin
        How much more probable it is than the label.
    where
        The rows that are suspicious.
    """
    told = [*(group_key(schema[name]) for name in key), sql.text(class_value(schema[label])), sql.text(likely)]
    return Groups((Step(tuple(told), (f"MAX({sql.text(margin)})",), sql.text(where)),), limit)


def ranked(
    facts: Facts, groups: Groups, key: Sequence[str], label: str, classes: Sequence[str]
) -> list[dict[str, Any]]:
    """Return what the evidence says of the rows, the most suspicious first; keys as they may be shown."""
    type_ = facts.current.schema[label].type
    return [
        {
            "key": {name: facts.display(name, value) for name, value in zip(key, row, strict=False)},
            "label": class_text(row[len(key)], type_),
            "probably": classes[int(row[len(key) + 1] or 0)],
            "margin": round(float(row[len(key) + 2] or 0), 6),
        }
        for row in facts.current[groups].rows
    ]


def largest(values: Sequence[exp.Expr], results: Sequence[exp.Expr]) -> exp.Expr:
    """Return the result that stands where the largest of some values does; the first of equals."""
    *former, last = results
    chosen = exp.case()
    for place, result in enumerate(former):
        others = [values[place] >= other for other in values[place + 1 :]]
        chosen = chosen.when(exp.and_(*others), result)
    return chosen.else_(last)


def place_of_largest(values: Sequence[exp.Expr]) -> exp.Expr:
    """Return the place of the largest of some values."""
    return largest(values, [exp.Literal.number(place) for place in range(len(values))])
