"""The profile of the whole from the profiles of disjoint parts, and what cannot be told of the whole."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, Any

from airflow_mlquality.errors import UsageError
from airflow_mlquality.measurements import (
    CannotMergeError,
    KeyCounts,
    Keys,
    LogicalType,
    Measurement,
    NullCount,
    RowCount,
    Schema,
)
from airflow_mlquality.profile.facts import Profile
from airflow_mlquality.profile.parts import Part, changes, part_name, several

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from airflow_mlquality.measurements import Column


def merge_all(profiles: Iterable[Profile]) -> Profile:
    """Return the profile of the whole from the profiles of its disjoint parts.

    Counts, extremes and bins are those of the whole exactly, moments but for rounding, sketches exactly. A fact that
    the whole has not is told with its reason: one part lacks it, or the facts of the parts do not suffice.

    Raises
    ------
    UsageError
        When there is none, or a part is given twice.
    """
    each = iter(profiles)
    first = next(each, None)
    if first is None:
        raise UsageError.no_parts()
    return reduce(merged, each, first)


def merged(left: Profile, right: Profile) -> Profile:
    """Return the profile of two disjoint parts together.

    Raises
    ------
    UsageError
        When a part is in both.
    """
    ours, theirs = _parts(left), _parts(right)
    _refuse_twice(ours, theirs)
    schema = _schema(left.schema, right.schema)
    parts = (
        *_seen_from(schema, left.schema, right.schema, ours),
        *_seen_from(schema, right.schema, left.schema, theirs),
    )
    parts = tuple(sorted(parts, key=lambda part: part.name))
    changed = changes(parts)
    facts: dict[Measurement[Any], Any] = {}
    failures: dict[Measurement[Any], str] = {}
    for measurement in {**left.facts, **left.failures, **right.facts, **right.failures}:
        try:
            facts[measurement] = _fact(measurement, left, right, (ours, theirs), changed)
        except CannotMergeError as why:
            failures[measurement] = str(why)
    return Profile(
        schema,
        facts,
        failures,
        source=f"{len(parts):,} parts: {several([part.name for part in parts])}",
        taken_at=max(left.taken_at, right.taken_at),
        partition=dict(left.partition.items() & right.partition.items()),
        asked=left.asked if left.asked == right.asked else "",
        parts=parts,
    )


def _fact(
    measurement: Measurement[Any],
    left: Profile,
    right: Profile,
    parts: tuple[tuple[Part, ...], tuple[Part, ...]],
    changed: Mapping[str, str],
) -> Any:
    """Return the fact of the whole.

    Raises
    ------
    CannotMergeError
        When it cannot be told.
    """
    different = next((changed[name] for name in measurement.columns() if name in changed), "")
    if different and not (isinstance(measurement, NullCount) and measurement in left and measurement in right):
        raise CannotMergeError(different)
    if measurement in left and measurement in right:
        if isinstance(measurement, Keys) and _apart(measurement.key, *parts):
            first, second = left[measurement], right[measurement]
            return KeyCounts(first.keyed + second.keyed, first.distinct + second.distinct)
        return measurement.merge(left[measurement], right[measurement])
    told = [profile.failures[measurement] for profile in (left, right) if measurement in profile.failures]
    lacking = parts[0] if measurement not in left else parts[1]
    names = several(sorted(part.name for part in lacking))
    raise CannotMergeError(min(told) if told else f"it was not measured in {names}; measure all parts alike")


def _parts(profile: Profile) -> tuple[Part, ...]:
    """Return what a profile is made of: its parts, or itself."""
    if profile.parts:
        return profile.parts
    name = profile.part or part_name(profile.partition) or profile.source
    return (
        Part(
            name=name,
            rows=profile.facts.get(RowCount(), 0),
            partition=dict(profile.partition),
            fingerprint=profile.fingerprint,
            taken_at=profile.taken_at,
        ),
    )


def _refuse_twice(ours: Iterable[Part], theirs: Iterable[Part]) -> None:
    known = {part.name for part in ours if part.named()}
    twice = next((part.name for part in theirs if part.named() and part.name in known), None)
    if twice is not None:
        raise UsageError.part_twice(twice)


def _apart(key: tuple[str, ...], ours: tuple[Part, ...], theirs: tuple[Part, ...]) -> bool:
    """Return whether no key can be in parts of both sides: a column of it was what they were cut by."""
    for column in key:
        if all(column in part.partition for part in (*ours, *theirs)):
            values = [{_plain(part.partition[column]) for part in side} for side in (ours, theirs)]
            if values[0].isdisjoint(values[1]):
                return True
    return False


def _plain(value: str) -> str:
    """Return a value of a partition as one text, however it was written.

    >>> _plain("01"), _plain("2013-1-01"), _plain("True")
    ('1', '2013-1-1', 'true')
    """
    return re.sub(r"[0-9]+", lambda digits: str(int(digits[0])), str(value).strip().lower())


# ---- columns ----


def _schema(left: Schema, right: Schema) -> Schema:
    """Return the columns of both; one that is not of one type has none, and one that a side lacks is NULL there."""
    both = [column.merged(right[column.name]) if column.name in right else _alone(column) for column in left]
    return Schema((*both, *(_alone(column) for column in right if column.name not in left)))


def _alone(column: Column) -> Column:
    return replace(column, is_nullable=column.is_nullable or None)


def _seen_from(whole: Schema, own: Schema, other: Schema, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return parts with how they differ from the whole."""
    lacking = {column.name for column in whole if column.name not in own}
    mixed = {
        column.name: own[column.name].type.value
        for column in whole
        if column.type is LogicalType.OTHER
        and column.name in own
        and column.name in other
        and own[column.name].type is not other[column.name].type
    }
    return tuple(
        replace(part, lacks=tuple(sorted({*part.lacks, *lacking})), types={**_typed(part, mixed), **part.types})
        for part in parts
    )


def _typed(part: Part, mixed: Mapping[str, str]) -> dict[str, str]:
    """Return the types of a part's own columns; of a column that is mixed already, each part knows its own."""
    return {name: type_ for name, type_ in mixed.items() if name not in part.lacks and name not in part.types}
