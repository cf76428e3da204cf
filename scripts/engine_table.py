"""What each engine can be asked, as docs/engines.md: written from the dialects, never by hand.

Run ``python -m scripts.engine_table``; a test holds the file against this program.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_mlquality.checks.admission import FUNCTIONS, admit
from airflow_mlquality.engines.dialects import DIALECTS, dialect_named
from airflow_mlquality.engines.dialects.base import UnavailableError
from airflow_mlquality.measurements import (
    VOCABULARY,
    Annotations,
    Bins,
    ClassCounts,
    Column,
    Directions,
    DistinctCount,
    Elsewhere,
    Groups,
    Keys,
    LatestTime,
    LogicalType,
    Measurement,
    Moments,
    Neighbours,
    NonFinite,
    NullCount,
    Orphans,
    RowCount,
    RowsWhere,
    Sampled,
    Schema,
    Separation,
    Shape,
    ShapeBySegment,
    SharedRows,
    TextLengths,
    TextTraits,
    Unparseable,
    in_groups,
    then,
)
from airflow_mlquality.measurements.counts import RELATED_PREFIX
from airflow_mlquality.measurements.sampled import SAMPLED_ROWS
from airflow_mlquality.measurements.shapes import shape_kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlglot import exp

    from airflow_mlquality.engines.dialects.base import Dialect

PAGE = Path(__file__).parent.parent / "docs" / "engines.md"

REALLY_RUN = ("duckdb", "postgres", "sqlite", "mariadb", "spark")
"""Dialects whose statements the tests run on an engine; those of the others are written and read back."""

TYPES = {
    "flag": LogicalType.BOOLEAN,
    "whole": LogicalType.INTEGER,
    "other_whole": LogicalType.INTEGER,
    "number": LogicalType.FLOAT,
    "other_number": LogicalType.FLOAT,
    "amount": LogicalType.DECIMAL,
    "name": LogicalType.STRING,
    "other_name": LogicalType.STRING,
    "day": LogicalType.DATE,
    "clock": LogicalType.TIME,
    "moment": LogicalType.TIMESTAMP,
    "instant": LogicalType.TIMESTAMP_TZ,
    "id": LogicalType.UUID,
    "bytes": LogicalType.BINARY,
    "length": LogicalType.DURATION,
}
SCHEMA = Schema(
    (*(Column(name, type_) for name, type_ in TYPES.items()), Column("vector", LogicalType.LIST, "DOUBLE[]"))
)
RELATIONS = {f"{RELATED_PREFIX}people": "people"}
_SCALARS = [name for name in TYPES if not name.startswith("other_")]
_READ = ("boolean", "integer", "float", "decimal", "date", "time", "timestamp", "timestamp_tz", "uuid")
_NONE = "\N{EN DASH}"
_DUCKDB_ESTIMATES = "exact up to 1,000 values, else estimated, standard error at most 1.9 %"

RULES = {
    "abs": "abs(number) > 1",
    "ceil": "ceil(number) = 1",
    "ceiling": "ceiling(amount) = 1",
    "coalesce": "coalesce(whole, 0) = 0",
    "concat": "concat(name, whole) = 'a1'",
    "contains": "contains(name, 'a')",
    "date_diff": "date_diff('day', day, moment) = 0",
    "date_part": "date_part('year', moment) = 2026",
    "date_trunc": "date_trunc('month', moment) = timestamp '2026-01-01 00:00:00'",
    "datediff": "datediff('month', day, moment) = 0",
    "datepart": "datepart('dow', day) = 1",
    "datetrunc": "datetrunc('week', day) = date '2026-01-05'",
    "day": "day(day) = 1",
    "ends_with": "ends_with(name, 'a')",
    "exp": "exp(number) > 1",
    "extract": "extract(epoch from moment) > 0",
    "floor": "floor(number) = 1",
    "greatest": "greatest(number, other_number) > 1",
    "hour": "hour(moment) = 1",
    "ifnull": "ifnull(name, 'a') = 'a'",
    "isfinite": "isfinite(number)",
    "isinf": "isinf(number)",
    "isnan": "isnan(number)",
    "least": "least(whole, other_whole) > 1",
    "length": "length(name) = 2",
    "ln": "ln(number) > 1",
    "log": "log(number) > 1",
    "log10": "log10(number) > 1",
    "log2": "log2(number) > 1",
    "lower": "lower(name) = 'a'",
    "ltrim": "ltrim(name) = 'a'",
    "minute": "minute(moment) = 1",
    "mod": "mod(whole, other_whole) = 1",
    "month": "month(day) = 1",
    "nullif": "nullif(whole, 0) = 1",
    "pow": "pow(number, 2) > 1",
    "power": "power(number, 2) > 1",
    "prefix": "prefix(name, 'a')",
    "regexp_full_match": "regexp_full_match(name, '[a-z]+')",
    "regexp_matches": "regexp_matches(name, '^[a-z]')",
    "replace": "replace(name, 'a', 'b') = 'b'",
    "round": "round(number, 2) = 1.5",
    "rtrim": "rtrim(name) = 'a'",
    "second": "second(moment) = 1",
    "sign": "sign(number) = 1",
    "sqrt": "sqrt(number) > 1",
    "starts_with": "starts_with(name, 'a')",
    "substr": "substr(name, 2, 1) = 'a'",
    "substring": "substring(name, -2) = 'a'",
    "suffix": "suffix(name, 'a')",
    "trim": "trim(name) = 'a'",
    "upper": "upper(name) = 'A'",
    "year": "year(day) = 2026",
}
"""A rule that calls each of the functions that rules may call."""


def samples() -> dict[type[Measurement[Any]], Sequence[tuple[str, Measurement[Any]]]]:
    """Return measurements of every kind, and what each of them is of."""
    shapes = [(name, shape) for name in _SCALARS for shape in _shapes(name)]
    return {
        RowCount: [("", RowCount())],
        NullCount: [(name, NullCount(name)) for name in _SCALARS],
        NonFinite: [("number", NonFinite("number"))],
        RowsWhere: [("", RowsWhere('"whole" > 0 AND NOT "flag"'))],
        Unparseable: [(f"{type_} in text", Unparseable("name", type_)) for type_ in _READ],
        Keys: [(name, Keys((name,))) for name in _SCALARS]
        + [(f"{name} and others", Keys((name, "whole"))) for name in _SCALARS],
        Orphans: [(name, Orphans(name, "people", "id")) for name in _SCALARS if name != "bytes"],
        SharedRows: [(name, SharedRows((name,), "people")) for name in _SCALARS if name != "bytes"],
        Moments: [(name, Moments(name)) for name in ("whole", "number", "amount")],
        TextLengths: [("name", TextLengths("name"))],
        LatestTime: [(name, LatestTime(name, 0)) for name in ("day", "moment", "instant")],
        Shape: shapes,
        ShapeBySegment: [(name, each) for name, shape in shapes for each in _by_segment(shape)],
        ClassCounts: [
            (name, ClassCounts(name, ("1", "true"))) for name in ("flag", "whole", "number", "amount", "name")
        ],
        DistinctCount: [(name, DistinctCount(name)) for name in _SCALARS],
        Groups: [
            ("in one step", in_groups(('"name"', '"whole"'), 'SUM("amount")')),
            ("in several steps", then(in_groups(('"name"', '"whole"')), ("k0",), "MAX(v0)")),
        ],
        Neighbours: [("", Neighbours("number", "moment", ("name",)))],
        Annotations: [("", Annotations("whole", "name", "other_name"))],
        Elsewhere: [("", Elsewhere("people", RowCount()))],
        Sampled: [("", Sampled(in_groups(('"name"',))))],
        TextTraits: [("name", TextTraits("name"))],
        Separation: [("", Separation(("whole", "name"), "people"))],
        Directions: [("vector", Directions("vector", 2))],
    }


def _shapes(name: str) -> Iterator[Shape]:
    kind = shape_kind(SCHEMA[name])
    if kind == "presence":
        yield Shape(name, bins=Bins("presence"))
    elif kind == "category":
        values = (True, False) if TYPES[name] is LogicalType.BOOLEAN else ("a", "b")
        yield Shape(name, bins=Bins("category", values=values))
    else:
        yield Shape(name, bins=Bins("number", (-1.5, 0.0, 2.0)))
        yield Shape(name, "position", Bins("number", (-1.5, 0.0, 2.0)))


def _by_segment(shape: Shape) -> Iterator[ShapeBySegment]:
    """Yield the shape in segments of a column of its own kind, or of text where it tells none."""
    segments = shape.bins if shape.bins and shape.bins.kind != "presence" else Bins("category", values=("a", "b"))
    by = "name" if segments != shape.bins else shape.column
    yield ShapeBySegment(shape.column, by, shape.times, bins=shape.bins, segments=segments)


def refusal(dialect: Dialect, trees: Mapping[str, exp.Expr]) -> str | None:
    """Return why a dialect cannot ask something; None when it can."""
    try:
        for tree in trees.values():
            dialect.form(tree, SCHEMA, RELATIONS)
    except UnavailableError as refused:
        return str(refused)
    return None


def _measured(dialect: Dialect, asked: Sequence[tuple[str, Measurement[Any]]]) -> str:
    kinds = [SCHEMA[name].type.value if name in SCHEMA else name for name, _ in asked]
    refused = [kind for kind, (_, each) in zip(kinds, asked, strict=True) if refusal(dialect, each.select(SCHEMA))]
    if len(refused) == len(asked):
        return _NONE
    if isinstance(asked[0][1], DistinctCount) and dialect.name == "duckdb":
        return _DUCKDB_ESTIMATES
    return f"exact; not of {', '.join(_short(refused))}" if refused else "exact"


def _short(kinds: list[str]) -> list[str]:
    """Return kinds once each, those with others only where they are not refused alone.

    >>> _short(["float and others", "uuid", "uuid and others"])
    ['float and others', 'uuid']
    """
    named = [
        f"{SCHEMA[kind.split()[0]].type.value} and others"
        if kind.endswith(" and others") and kind.split()[0] in SCHEMA
        else kind
        for kind in kinds
    ]
    return [
        kind
        for kind in dict.fromkeys(named)
        if kind.removesuffix(" and others") not in named or not kind.endswith(" and others")
    ]


def _table(head: str, rows: Mapping[str, Mapping[str, str]]) -> str:
    """Return a row per thing asked and a column per engine; what all engines say is said once."""
    titles = {name: dialect_named(name).title for name in DIALECTS}
    lines = [f"| {head} | {' | '.join(titles.values())} |", "|---" * (len(titles) + 1) + "|"]
    lines += [f"| {what} | {' | '.join(cells[name] for name in titles)} |" for what, cells in rows.items()]
    return "\n".join(lines)


def measurement_rows() -> dict[str, dict[str, str]]:
    """Return what each dialect says to each kind of measurement."""
    asked = samples()
    return {
        f"`{kind}`": {name: _measured(dialect_named(name), asked[measurement]) for name in DIALECTS}
        for kind, measurement in VOCABULARY.items()
    }


def function_rows() -> dict[str, dict[str, str]]:
    """Return what each dialect says to each function that a rule may call."""
    rows = {}
    for function in sorted(FUNCTIONS):
        tree = admit(RULES[function])
        cells = {name: refusal(dialect_named(name), {"rule": tree}) for name in DIALECTS}
        rows[f"`{function}`"] = {name: _NONE if refused else "exact" for name, refused in cells.items()}
    return rows


def _limits() -> str:
    lines = ["| engine | expressions | characters | was run |", "|---|---|---|---|"]
    for name in DIALECTS:
        dialect = dialect_named(name)
        run = "yes" if name in REALLY_RUN else "no: written, and read back by a parser of its SQL"
        lines.append(f"| {dialect.title} | {dialect.widest:,} | {dialect.longest:,} | {run} |")
    return "\n".join(lines)


def page() -> str:
    """Return docs/engines.md."""
    parts = (
        _INTRODUCTION,
        _table("measurement", measurement_rows()),
        _WORDS,
        _table("function", function_rows()),
        _MEANING,
        _limits(),
    )
    return "\n\n".join(parts) + "\n"


_WORDS = f"""\
`exact` means: the same number as on every other engine, as the tests show for the engines that they run (see below) and
as the documentation of the others has it. `{_NONE}` means not available: the check that asks is told so by name, before
anything runs. Counts on bins are exact; where the bins of a first profile lie is chosen from a sample of the rows.
What is `sampled` is of all rows in a database and on Spark; of files and objects in memory with more than
{SAMPLED_ROWS:,} rows it is of at most about so many of them, and the verdict says how many.

## Functions of rules"""

_INTRODUCTION = """\
# Engines

A stage is measured where its rows lie: files and objects in memory by the embedded DuckDB, a database by its own SQL,
a Spark table or DataFrame by Spark. This page is written by `python -m scripts.engine_table` from the dialects in
`airflow_mlquality/engines/dialects`; a test holds it against them.

## Measurements"""

_MEANING = """\
## One meaning

Whatever the engine, a contract means the same:

- NULL is not NaN. NaN is counted by a test for it. In comparisons NaN equals itself and is greater than every other
  number; on engines whose NaN compares with nothing, comparisons of floats are written out. MySQL, MariaDB, SQL Server
  and SQLite have no NaN, and MySQL, MariaDB and SQL Server no infinity: what would be one is NULL there.
- -0.0 equals 0.0. A count of different values counts NaN once, and NULL never.
- Text is compared by code point, with its case and its blanks at the end, whatever the collation of its column. Lengths
  are in characters. What is small and capital beyond ASCII, in `lower`, `upper` and `ILIKE`, is the engine's own idea.
- Regular expressions are RE2's. Each engine is given one that is made of characters, classes, groups, alternatives and
  repetitions up to 255 only; what cannot be written so is not available.
- Times have microseconds; what is finer is cut. A timestamp without zone is taken as UTC. Parts of a time are those in
  UTC, whatever the zone of the session.
- `x / y` is a division of doubles, and NULL when `y` is 0; so are `x // y` and `x % y`. A root, a power or a logarithm
  that does not exist is NULL. Halves are rounded away from zero.
- A condition that is NULL is not true.
- Least, greatest and mean are doubles. Means and standard deviations may differ by rounding (relative 1e-9). A sum that
  is beyond all doubles gives none.
- Text is read as a number, date or time by a pattern, so that a date such as 2026-02-31 is none and nothing ends a
  statement. A year has four digits, and stands before month and day with `-` or `/` between them.

What an engine cannot help:

- SQLite: decimals are doubles. The standard library's connection is given functions whose names begin with `mlq_`. A
  text that is no time in a column of times ends the statement.
- Oracle: an empty text is NULL.
- SQL Server: there are no regular expressions; text is read as numbers and times by the engine's own rules.
- Trino: times of day are cut to the millisecond; timestamps are exact up to the year 2106.
- MySQL: the server must not be in the mode NO_BACKSLASH_ESCAPES.
- ClickHouse: a DateTime is an instant.

## Limits

Statements are cut so that none has more expressions or characters than the engine bears."""


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
