"""PostgreSQL's types of columns, by their numbers: arrays and composite types with their parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.database.natives import Native
from airflow_mlquality.measurements import DataType, sql
from airflow_mlquality.measurements.types import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.engines.database.columns import Origin
    from airflow_mlquality.engines.database.connection import DatabaseEngine
    from airflow_mlquality.engines.database.natives import Description

_UNLIMITED = 65535


@dataclass(frozen=True)
class Told:
    """What the catalogue tells of a type.

    Parameters
    ----------
    name
        In words.
    kind, category
        Its `typtype` and `typcategory`.
    inner
        Number of the type that an array or a domain is of.
    fields
        Names of a composite type's fields, and the numbers of their types.
    """

    name: str
    kind: str
    category: str
    inner: int = 0
    fields: list[tuple[str, int]] = field(default_factory=list)


def of_postgres(engine: DatabaseEngine, origin: Origin, description: Description) -> Sequence[Native]:
    """Return the types, and which columns a table declares NOT NULL; a view declares nothing."""
    if not description:
        return []
    rows = engine.run(f"{_types(description)}{_declared(origin)}", origin.label)
    known = {int(number): Told(name, kind, category) for number, name, kind, category in rows if number is not None}
    is_nullable = {name: not required for number, name, required, _ in rows if number is None}
    if any(each.kind == "c" or each.category == "A" for each in known.values()):
        known = _with_parts(engine, origin, known)
    return [_native(engine, column, known, is_nullable=is_nullable.get(str(column[0]))) for column in description]


def of_redshift(engine: DatabaseEngine, origin: Origin, description: Description) -> Sequence[Native]:
    """Return the types alone."""
    if not description:
        return []
    rows = engine.run(
        f"SELECT oid, format_type(oid, NULL), typtype, typcategory FROM pg_type WHERE oid IN ({_numbers(description)})",
        origin.label,
    )
    known = {int(number): Told(str(name), str(kind), str(category)) for number, name, kind, category in rows}
    return [_native(engine, column, known, is_nullable=None) for column in description]


def _numbers(description: Description) -> str:
    return ", ".join(sorted({str(int(each[1])) for each in description}))


def _types(description: Description) -> str:
    return (
        "SELECT CAST(oid AS bigint), CAST(format_type(oid, NULL) AS text), CAST(typtype AS text), "
        f"CAST(typcategory AS text) FROM pg_type WHERE oid IN ({_numbers(description)})"
    )


def _declared(origin: Origin) -> str:
    """Return what asks, in the same statement, which columns may not be NULL: by the table or by their domain."""
    if not origin.table:
        return ""
    return (
        " UNION ALL SELECT NULL, CAST(a.attname AS text), "
        "CASE WHEN a.attnotnull OR t.typnotnull THEN 'required' ELSE '' END, '' "
        "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid "
        f"WHERE a.attrelid = CAST({sql.text(sql.literal(origin.relation))} AS regclass) "
        "AND c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped"
    )


def _with_parts(engine: DatabaseEngine, origin: Origin, known: Mapping[int, Told]) -> dict[int, Told]:
    """Return the types with all that they are made of."""
    rows = engine.run(
        f"""
        WITH RECURSIVE known(oid) AS (
            SELECT oid FROM pg_type WHERE oid IN ({", ".join(map(str, sorted(known)))})
            UNION
            SELECT part.oid FROM known, LATERAL (
                SELECT CASE WHEN typcategory = 'A' THEN typelem ELSE typbasetype END AS oid FROM pg_type
                WHERE pg_type.oid = known.oid AND (typcategory = 'A' OR typtype = 'd')
                UNION ALL
                SELECT a.atttypid FROM pg_type JOIN pg_attribute a ON a.attrelid = typrelid
                WHERE pg_type.oid = known.oid AND typtype = 'c' AND a.attnum > 0 AND NOT a.attisdropped
            ) part
        )
        SELECT CAST(t.oid AS bigint), CAST(format_type(t.oid, NULL) AS text), CAST(typtype AS text),
            CAST(typcategory AS text), CAST(CASE WHEN typtype = 'd' THEN typbasetype ELSE typelem END AS bigint),
            CAST(a.attname AS text), CAST(a.atttypid AS bigint)
        FROM known JOIN pg_type t ON t.oid = known.oid
        LEFT JOIN pg_attribute a ON a.attrelid = t.typrelid AND typtype = 'c' AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY t.oid, a.attnum
        """,
        origin.label,
    )
    found: dict[int, Told] = {}
    for number, name, kind, category, inner, part, type_ in rows:
        told = found.setdefault(int(number), Told(name, kind, category, int(inner)))
        if part is not None:
            told.fields.append((part, int(type_)))
    return found


def _native(
    engine: DatabaseEngine, column: Sequence[Any], known: Mapping[int, Told], *, is_nullable: bool | None
) -> Native:
    told = known[int(column[1])]
    name, is_named = told.name, _is_text(told)
    precision, scale = column[4], column[5]
    if name == "numeric" and precision not in (None, _UNLIMITED):
        name = f"numeric({precision},{scale or 0})"
    own = is_named or told.kind == "c" or told.category == "A"
    return Native(name, _data_type(engine, int(column[1]), known) if own else None, is_named, is_nullable)


def _is_text(told: Told) -> bool:
    """Return whether values are labels of an enumeration, or text without case."""
    return told.kind == "e" or told.name == "citext"


def _data_type(engine: DatabaseEngine, number: int, known: Mapping[int, Told], depth: int = 0) -> DataType:
    told = known.get(number)
    if told is None or depth == DEEPEST:
        return DataType("other")
    if told.kind == "d":
        return _data_type(engine, told.inner, known, depth + 1)
    if _is_text(told):
        return DataType("string")
    if told.kind == "c":
        fields = [(name, _data_type(engine, inner, known, depth + 1)) for name, inner in told.fields]
        return DataType.struct_of(fields) if fields else DataType("struct")
    if told.category == "A":
        return DataType.list_of(_data_type(engine, told.inner, known, depth + 1)) if told.inner else DataType("list")
    return engine.dialect.data_type(told.name)
