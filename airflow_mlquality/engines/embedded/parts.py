"""Files of one source that differ in their columns, read as one table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.embedded.types import data_type
from airflow_mlquality.measurements import Column, LogicalType, Schema, sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from airflow_mlquality.engines.embedded.connection import Embedded

FILE, ROW = "mlquality file", "mlquality row"
"""Columns of the locating view: the file a row came from, and its number in it, the first being 1."""

MOST_LOCATED = 200
"""Example rows are looked for in so many files at most, where the reader does not tell the file of a row."""


@dataclass(frozen=True)
class Part:
    """Files that one reader reads, for they have the same columns.

    Parameters
    ----------
    paths
        Of the files.
    columns
        As they are read.
    rows
        A SELECT of all rows.
    located
        The same with `FILE` and `ROW`.
    text
        Columns that are read as text, whatever they hold.
    keys
        Columns that come from the paths.
    probe
        Reads every value of some of the files; raises an `EngineError` where one is broken.
    by_column
        Whether a column can be read where another one is broken.
    """

    paths: tuple[str, ...]
    columns: Schema
    rows: str
    located: str
    probe: Callable[[Sequence[str]], object]
    text: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    by_column: bool = False

    def shares_a_column(self, other: Part) -> bool:
        """Return whether a column of it, of those in the files themselves, is one of another part's."""
        mine, theirs = (set(part.columns.names) - part.keys for part in (self, other))
        return bool(mine & theirs)


@dataclass(frozen=True)
class Whole:
    """Parts as one table.

    Parameters
    ----------
    relation, located
        What stands behind FROM, without and with the place of each row.
    columns
        As they are read.
    text
        Columns that are read as text, whatever they hold.
    clashing
        Of these, the ones that are text only because their type differs between files.
    odd
        Paths whose columns are of another type than in most files, and which.
    lacking
        In how many files a column is missing; it is NULL there.
    """

    relation: str
    located: str
    columns: Schema
    text: frozenset[str]
    clashing: frozenset[str] = frozenset()
    odd: Mapping[str, str] = field(default_factory=dict)
    lacking: Mapping[str, int] = field(default_factory=dict)


def described(
    engine: Embedded, rows: str, label: str = "", is_nullable: Mapping[str, bool | None] | None = None
) -> Schema:
    """Return the columns of a SELECT, with what their source declares of NULL."""
    found = engine.run(f"DESCRIBE {rows}", label)
    declared = is_nullable or {}
    return Schema(
        tuple(Column.of(name, data_type(native), native, is_nullable=declared.get(name)) for name, native, *_ in found)
    )


def declared_by_arrow(schema: Any) -> dict[str, bool | None]:
    """Return which columns an Arrow schema declares nullable."""
    return {field.name: bool(field.nullable) for field in schema}


def probe_of(engine: Embedded, rows: Callable[[Sequence[str]], str]) -> Callable[[Sequence[str]], object]:
    """Return what reads every value of some files, given the SELECT of their rows."""
    return lambda paths: engine.run(f"SELECT bit_xor(hash(COLUMNS(*))) FROM ({rows(paths)})")


def numbered(rows: str, path: str) -> str:
    """Return the SELECT of the rows of one file with `FILE` and `ROW`."""
    file, row = sql.text(sql.literal(path)), sql.text(sql.col(ROW))
    return f"SELECT *, {file} AS {sql.text(sql.col(FILE))}, row_number() OVER () AS {row} FROM ({rows})"


def by_name(selects: Iterable[str]) -> str:
    """Return one relation of the rows of several; a column that one of them lacks is NULL there."""
    return f"({' UNION ALL BY NAME '.join(selects)})"


def strangers(parts: Sequence[Part]) -> dict[str, str]:
    """Return the files that have no column in common with most others, and what is wrong with them."""
    most = _most(parts)
    return {
        path: f"its columns are others: it shares none with the {len(most.paths):,} files that are alike"
        if len(most.paths) > 1
        else "its columns are others: it shares none with the file before it"
        for part in parts
        if not part.shares_a_column(most) and part is not most
        for path in part.paths
    }


def joined(engine: Embedded, parts: Sequence[Part], label: str) -> Whole:
    """Return parts as one table, its columns matched by name.

    Numbers of different types become the wider one, dates become timestamps, and a column without any value has the
    type that it has elsewhere. Where a type differs otherwise, nothing is cast in silence: the column is text, and the
    files whose type is not that of most are told.
    """
    if len(parts) == 1:
        (part,) = parts
        return Whole(f"({part.rows})", f"({part.located})", part.columns, part.text)
    clashes = _clashes(parts)
    relation = by_name(_as_text(part.rows, part, clashes) for part in parts)
    located = by_name(_as_text(part.located, part, clashes) for part in parts)
    columns = described(engine, f"SELECT * FROM {relation}", label, _nullable(parts))
    text = frozenset(name for name in columns.names if any(name in part.text for part in parts)) | clashes
    return Whole(relation, located, columns, text, clashes, _odd(parts, clashes), _lacking(parts))


def _nullable(parts: Sequence[Part]) -> dict[str, bool | None]:
    """Return which columns may be NULL by what their parts declare; one that a part lacks is NULL there."""
    names = {name for part in parts for name in part.columns.names}
    declared = {
        name: {part.columns[name].is_nullable if name in part.columns else True for part in parts} for name in names
    }
    return {name: None if None in found else True in found for name, found in declared.items()}


def _most(parts: Sequence[Part]) -> Part:
    return max(parts, key=lambda part: len(part.paths))


def _as_text(select: str, part: Part, clashes: frozenset[str]) -> str:
    cast = [name for name in part.columns.names if name in clashes and part.columns[name].native != "VARCHAR"]
    if not cast:
        return select
    replaced = ", ".join(f"CAST({sql.text(sql.col(name))} AS VARCHAR) AS {sql.text(sql.col(name))}" for name in cast)
    return f"SELECT * REPLACE ({replaced}) FROM ({select})"


def _clashes(parts: Sequence[Part]) -> frozenset[str]:
    types: dict[str, set[str]] = {}
    for part in parts:
        for column in part.columns:
            types.setdefault(column.name, set()).add(_family(column))
    return frozenset(name for name, found in types.items() if len(found - {""}) > 1)


def _family(column: Column) -> str:
    """Return what types have in common that become one without loss; nothing for one that fits every other."""
    if column.type is LogicalType.NULL:
        return ""
    if column.type.is_number:
        return "number"
    if column.type.is_time:
        return "time"
    return column.native if column.type.is_nested and column.type is not LogicalType.STRUCT else column.type.value


def _odd(parts: Sequence[Part], clashes: frozenset[str]) -> dict[str, str]:
    odd: dict[str, list[str]] = {}
    for name in sorted(clashes):
        files: Counter[str] = Counter()
        for part in parts:
            if name in part.columns:
                files[part.columns[name].type.value] += len(part.paths)
        usual, count = files.most_common(1)[0]
        for part in parts:
            type_ = part.columns[name].type.value if name in part.columns else usual
            if type_ not in (usual, LogicalType.NULL):
                told = f"'{name}' is {type_} in it, and {usual} in {count:,} other file{'' if count == 1 else 's'}"
                for path in part.paths:
                    odd.setdefault(path, []).append(told)
    return {path: "; ".join(told) for path, told in odd.items()}


def _lacking(parts: Sequence[Part]) -> dict[str, int]:
    total = sum(len(part.paths) for part in parts)
    there: Counter[str] = Counter()
    for part in parts:
        there.update({name: len(part.paths) for name in part.columns.names})
    return {name: total - count for name, count in there.items() if count < total}
