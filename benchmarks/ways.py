# ruff: noqa: S608  every name in the statements is one of orders.py
"""Ways to ask DuckDB for the same fact, in groups; `formulations.py` times them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders import COLUMNS, FLOATS, INTEGERS, KEY, NUMBERS, PATTERNS, RULES, SETS, TIMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import duckdb

Ways = dict[str, list[str]]
"""Statements by name; a way may need several."""

COUNTS = [f"count({name})" for name in COLUMNS]
BROKEN = [f"NOT ({rule})" for rule in RULES.values()]
RULE_COUNTS = [f"count_if({broken})" for broken in BROKEN]
EMAILS = tuple(f"user.{number}@mail.com" for number in range(50))
FIFTY = 50
REWRITE = "SET disabled_optimizers = 'statistics_propagation,filter_pushdown'"
"""Leaves `distinct_aggregate_rewrite` on, as DuckDB has it by default."""


def select(table: str, *expressions: str) -> list[str]:
    """Return one statement over the table."""
    return [f"SELECT {', '.join(expressions)} FROM {table}"]


def finite(column: str) -> str:
    """Return the column without NaN and infinities."""
    return f"CASE WHEN isfinite({column}) THEN {column} END" if column in FLOATS else column


def quoted(values: Iterable[str]) -> str:
    """Return the values as SQL."""
    return ", ".join(f"'{value}'" for value in values)


def edges_of(table: str, con: duckdb.DuckDBPyConnection, bins: int) -> dict[str, list[float]]:
    """Return quantile edges of each number, one less than bins, from a sample."""
    shares = [part / bins for part in range(1, bins)]
    sample = f"(SELECT * FROM {table} USING SAMPLE 50000 ROWS (reservoir, 7))"
    asked = (f"quantile_disc(({finite(name)})::DOUBLE, {shares})" for name in NUMBERS)
    row = con.execute(select(sample, *asked)[0]).fetchone() or ()
    return {name: sorted(set(edges)) for name, edges in zip(NUMBERS, row, strict=True)}


def histograms(edges: dict[str, list[float]], value: Callable[[str], str] = finite) -> list[str]:
    """Return a binned count of every number."""
    return [f"histogram(({value(name)})::DOUBLE, {edges[name]}::DOUBLE[])" for name in NUMBERS]


def at_places(column: str, values: Iterable[str]) -> str:
    """Return a count per known value that looks each value up once per dictionary."""
    known = list(values)
    return f"histogram(list_position({known}, {column}), {list(range(1, len(known) + 1))}::INTEGER[])"


def floor(table: str, _: duckdb.DuckDBPyConnection) -> Ways:
    """Return what any scan costs at least."""
    return {
        "count(column) x 40": select(table, *COUNTS),
        "sum of 24 numbers": select(table, *(f"sum({name})" for name in NUMBERS)),
    }


def bins(table: str, con: duckdb.DuckDBPyConnection) -> Ways:
    """Return ways to count 24 columns on given edges, and what the guard against NaN costs."""
    ways = {
        f"histogram, {count} bins": select(table, *histograms(edges_of(table, con, count)))
        for count in (11, 21, 51, 101, 201)
    }
    edges = edges_of(table, con, 51)
    few = edges_of(table, con, 11)
    filtered = [
        f"histogram({name}::DOUBLE, {edges[name]}::DOUBLE[])"
        + (f" FILTER (WHERE isfinite({name}))" if name in FLOATS else "")
        for name in NUMBERS
    ]
    whole = {name: sorted({int(edge) for edge in edges[name]}) for name in INTEGERS}
    return {
        **ways,
        "histogram, 51 bins, no guard": select(table, *histograms(edges, str)),
        "histogram, 51 bins, FILTER (WHERE isfinite)": select(table, *filtered),
        "cumulative count_if, 11 bins": select(
            table, *(f"count_if({finite(name)} <= ({edge})::DOUBLE)" for name in NUMBERS for edge in few[name])
        ),
        "10 integers as DOUBLE": select(
            table, *(f"histogram({name}::DOUBLE, {edges[name]}::DOUBLE[])" for name in INTEGERS)
        ),
        "10 integers on integer edges": select(
            table, *(f"histogram({name}::BIGINT, {whole[name]}::BIGINT[])" for name in INTEGERS)
        ),
    }


def keys(table: str, _: duckdb.DuckDBPyConnection) -> Ways:
    """Return ways to count the distinct keys, beside a scan of predicates and alone."""
    predicates = [*COUNTS, *RULE_COUNTS]
    distinct = f"count(DISTINCT {KEY})"
    return {
        "predicates alone": select(table, *predicates),
        "predicates and distinct in one statement": select(table, *predicates, distinct),
        "predicates, distinct in a second statement": select(table, *predicates) + select(table, distinct),
        "distinct alone": select(table, distinct),
        "distinct by GROUP BY": [f"SELECT count(*), sum(n) FROM (SELECT count(*) n FROM {table} GROUP BY {KEY})"],
        "approx_count_distinct": select(table, f"approx_count_distinct({KEY})"),
        "two columns: distinct of row()": select(table, f"count(DISTINCT row({KEY}, sku))"),
        "two columns: GROUP BY": [f"SELECT count(*) FROM (SELECT 1 FROM {table} GROUP BY {KEY}, sku)"],
    }


def fused(table: str, con: duckdb.DuckDBPyConnection) -> Ways:
    """Return what shares one statement with binned counts, and what it does to the memory."""
    binned = [*COUNTS, *histograms(edges_of(table, con, 51))]
    known = [*SETS.items(), ("email", EMAILS)]
    cases = [f"histogram(CASE WHEN {name} IN ({quoted(values)}) THEN {name} END)" for name, values in known]
    places = [at_places(name, values) for name, values in known]
    distinct = f"count(DISTINCT {KEY})"
    return {
        "bins": select(table, *binned),
        "bins, histogram(CASE WHEN x IN (...) THEN x END)": select(table, *binned, *cases),
        "bins, histogram(list_position([...], x), [1..n])": select(table, *binned, *places),
        "bins, list_position, distinct": select(table, *binned, *places, distinct),
        "bins, list_position, distinct, rewrite on": [REWRITE, *select(table, *binned, *places, distinct)],
        "bins, histogram(CASE ...), rewrite on": [REWRITE, *select(table, *binned, *cases)],
    }


def categories(table: str, _: duckdb.DuckDBPyConnection) -> Ways:
    """Return ways to count known values of columns with few, and of one with many."""
    each = [f"count_if({name} = '{value}')" for name, values in SETS.items() for value in values]
    return {
        "histogram(CASE WHEN x IN (...) THEN x END)": select(
            table,
            *(f"histogram(CASE WHEN {name} IN ({quoted(values)}) THEN {name} END)" for name, values in SETS.items()),
        ),
        "histogram_exact(x, [...])": select(
            table, *(f"histogram_exact({name}, [{quoted(values)}])" for name, values in SETS.items())
        ),
        "histogram(list_position([...], x), [1..n])": select(table, *(at_places(*pair) for pair in SETS.items())),
        "count_if(x = ...)": select(table, *each),
        "GROUP BY, one statement each": [f"SELECT {name}, count(*) FROM {table} GROUP BY 1" for name in SETS],
        "email: histogram(CASE WHEN x IN (50))": select(
            table, f"histogram(CASE WHEN email IN ({quoted(EMAILS)}) THEN email END)"
        ),
        "email: histogram(list_position([50], x), [1..n])": select(table, at_places("email", EMAILS)),
        "email: GROUP BY, top 50": [f"SELECT email, count(*) FROM {table} GROUP BY 1 ORDER BY 2 DESC LIMIT {FIFTY}"],
    }


def sets(table: str, _: duckdb.DuckDBPyConnection) -> Ways:
    """Return ways to count values out of a set."""
    pairs = SETS.items()
    return {
        "count(x)": select(table, *(f"count({name})" for name in SETS)),
        "x NOT IN (...)": select(table, *(f"count_if({name} NOT IN ({quoted(values)}))" for name, values in pairs)),
        "x <> ... AND ...": select(
            table, *(f"count_if({' AND '.join(f'{name} <> {quoted([v])}' for v in values)})" for name, values in pairs)
        ),
        "x IS NOT NULL AND list_position([...], x) IS NULL": select(
            table,
            *(f"count_if({name} IS NOT NULL AND list_position({list(v)}, {name}) IS NULL)" for name, v in pairs),
        ),
    }


def not_a_number(table: str, _: duckdb.DuckDBPyConnection) -> Ways:
    """Return what counting NaN and infinities apart costs for 14 floats."""
    nan = [f"count_if(isnan({name}))" for name in FLOATS]
    infinite = [f"count_if(isinf({name}))" for name in FLOATS]
    return {
        "sum(x)": select(table, *(f"sum({name})" for name in FLOATS)),
        "isnan": select(table, *nan),
        "isnan, isinf": select(table, *nan, *infinite),
        "isnan, isinf, isinf AND x > 0": select(
            table, *nan, *infinite, *(f"count_if(isinf({name}) AND {name} > 0)" for name in FLOATS)
        ),
        "isnan, isinf, x = inf": select(
            table, *nan, *infinite, *(f"count_if({name} = 'inf'::DOUBLE)" for name in FLOATS)
        ),
    }


def patterns(table: str, _: duckdb.DuckDBPyConnection) -> Ways:
    """Return ways to count texts that do not match as a whole."""
    pairs = PATTERNS.items()
    return {
        "length (reads the texts)": select(table, *(f"max(length({name}))" for name in PATTERNS)),
        "NOT regexp_full_match(x, p)": select(
            table, *(f"count_if(NOT regexp_full_match({name}, '{p}'))" for name, p in pairs)
        ),
        "NOT regexp_matches(x, ^(?:p)$)": select(
            table, *(f"count_if(NOT regexp_matches({name}, '^(?:{p})$'))" for name, p in pairs)
        ),
    }


def repeats(table: str, _: duckdb.DuckDBPyConnection) -> Ways:
    """Return whether the same expression asked often costs more than once."""
    return {
        "rules once": select(table, *RULE_COUNTS),
        "rules three times": select(table, *(RULE_COUNTS * 3)),
        "rules by count(*) FILTER": select(table, *(f"count(*) FILTER (WHERE {broken})" for broken in BROKEN)),
        "count(x) x 40": select(table, *COUNTS),
        "count(*) - count(x) x 40": select(table, *(f"count(*) - {count}" for count in COUNTS)),
        "count_if(x IS NULL) x 40": select(table, *(f"count_if({name} IS NULL)" for name in COLUMNS)),
    }


def examples(table: str, _: duckdb.DuckDBPyConnection) -> Ways:
    """Return ways to find five rows that break each rule."""
    shown = f"{{key: {KEY}, a: goods::VARCHAR, b: price::VARCHAR}}"
    firsts = [f"min({shown}, 5) FILTER (WHERE {broken})" for broken in BROKEN]
    some = " OR ".join(f"({broken})" for broken in BROKEN)
    return {
        "rules": select(table, *RULE_COUNTS),
        "rules, min(key, 5) FILTER": select(
            table, *RULE_COUNTS, *(f"min({KEY}, 5) FILTER (WHERE {broken})" for broken in BROKEN)
        ),
        "second scan, min({...}, 5) FILTER": select(table, *firsts),
        "second scan, the same WHERE any rule is broken": select(f"{table} WHERE {some}", *firsts),
        "ten scans, LIMIT 5": [f"SELECT * FROM {table} WHERE {broken} LIMIT 5" for broken in BROKEN],
    }


def times(table: str, _: duckdb.DuckDBPyConnection) -> Ways:
    """Return ways to bin the hour of the day of three timestamps."""
    hours = [float(hour) for hour in range(1, 24)]
    return {
        "max(epoch_us(t))": select(table, *(f"max(epoch_us({name}))" for name in TIMES)),
        "fmod(epoch_us(t) / 1e6, 86400) / 3600": select(
            table,
            *(f"histogram(fmod(epoch_us({name}) / 1000000, 86400) / 3600, {hours}::DOUBLE[])" for name in TIMES),
        ),
        "epoch_us(t) % 86400000000 / 3600000000": select(
            table,
            *(f"histogram((epoch_us({name}) % 86400000000) / 3600000000, {hours}::DOUBLE[])" for name in TIMES),
        ),
    }


def moments(table: str, _: duckdb.DuckDBPyConnection) -> Ways:
    """Return what extremes, mean and deviation of 24 columns cost."""
    values = [f"({finite(name)})::DOUBLE" for name in NUMBERS]
    return {
        "min, max, avg, stddev": select(
            table, *(f"min({value}), max({value}), avg({value}), stddev_samp({value})" for value in values)
        ),
        "min, max": select(table, *(f"min({value}), max({value})" for value in values)),
    }


GROUPS = {
    build.__name__: build
    for build in (
        *(floor, bins, keys, fused, categories, sets),
        *(not_a_number, patterns, repeats, examples, times, moments),
    )
}
