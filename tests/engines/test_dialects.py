"""Every dialect says every measurement and rule in words of its engine, or refuses by name; SQLite really runs."""

# ruff: noqa: S608  statements are what is tested

from __future__ import annotations

import datetime as dt
import math
import re
import sqlite3
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from airflow_mlquality.checks.admission import FUNCTIONS, admit
from airflow_mlquality.engines.dialects import DIALECTS, dialect_named
from airflow_mlquality.engines.dialects.base import Alone, Dialect, Form, Grouped, Inline, Listed, UnavailableError
from airflow_mlquality.engines.dialects.duckdb import DuckDB
from airflow_mlquality.engines.dialects.portable import Portable
from airflow_mlquality.engines.dialects.translation.patterns import PatternError, parse
from airflow_mlquality.errors import SourceError
from airflow_mlquality.measurements import VOCABULARY, Bins, Column, LogicalType, Schema, Shape, sql
from scripts.engine_table import PAGE, RELATIONS, RULES, SCHEMA, page, samples

PORTABLE = [name for name in DIALECTS if name != "duckdb"]

KNOWN = {
    "postgres": {"isfinite"},
    "sqlite": {
        "mlq_micros",
        "mlq_clock_micros",
        "mlq_matches",
        "mlq_lower",
        "mlq_upper",
        "mlq_whole",
        "mlq_stddev",
        "mlq_power",
        "mlq_round",
        "mlq_replace",
    }
    | {"strftime", "quote"},
    "mysql": {"unix_timestamp", "microsecond"},
    "mariadb": {"unix_timestamp", "microsecond"},
    "redshift": {"to_varbyte"},
    "trino": {"infinity", "nan", "with_timezone"},
    "clickhouse": {"intdiv", "lengthutf8", "lowerutf8", "upperutf8", "substringutf8", "replaceall", "isnotnull"}
    | {
        "todate32",
        "todatetime64",
        "toint64",
        "toint32",
        "toyear",
        "tomonth",
        "toquarter",
        "todayofmonth",
        "todayofyear",
    }
    | {
        "totimezone",
        "tounixtimestamp64micro",
        "fromunixtimestamp64micro",
        "parsedatetime64besteffortornull",
        "tostring",
    }
    | {"toint64ornull", "tofloat64ornull", "todecimal128ornull", "minornull", "maxornull", "stddevsampstable"}
    | {"uniqexactif"},
    "tsql": {"switchoffset"},
    "oracle": {"trunc", "sys_extract_utc"},
}
"""Functions of an engine that the parser has no node for; each is in the documentation of the engine."""


def parsed_back(dialect: Dialect, expression: str) -> exp.Expr:
    """Return SQL as its own dialect reads it; a function that nobody knows fails."""
    written = re.sub(r"(?<=E\d)d\b|(?<=\de[+-]\d\d)d\b|(?<=\de[+-]\d\d\d)d\b", "", expression)  # doubles of Oracle
    tree = sqlglot.parse_one(f"SELECT {written} FROM t", dialect=dialect.name)
    unknown = {str(each.this).lower() for each in tree.find_all(exp.Anonymous, exp.AnonymousAggFunc)}
    assert unknown - KNOWN.get("mysql" if dialect.name == "mysql" else dialect.name, set()) == set()
    assert list(tree.find_all(exp.Command)) == []
    return tree


def texts_of(form: Form) -> tuple[str, ...]:
    if isinstance(form, Inline):
        return form.texts
    if isinstance(form, Listed):
        return (f"({form.statement('t')})",)
    return (form.place,) if isinstance(form, Grouped) else (f"CASE WHEN {form.where} THEN 1 END",)


def test_every_kind_of_measurement_has_samples() -> None:
    assert set(samples()) == set(VOCABULARY.values())


def test_every_function_of_rules_has_a_sample() -> None:
    assert set(RULES) == set(FUNCTIONS)


@pytest.mark.parametrize("name", PORTABLE)
def test_every_measurement_is_said_in_words_of_the_engine_or_refused_by_name(name: str) -> None:
    dialect = dialect_named(name)
    said = 0

    for asked in samples().values():
        for _, measurement in asked:
            for tree in measurement.select(SCHEMA).values():
                try:
                    form = dialect.form(tree, SCHEMA, RELATIONS)
                except UnavailableError as refused:
                    assert str(refused).endswith(f" are not available on {dialect.title}")  # noqa: PT017  most are said
                    continue
                for text in texts_of(form):
                    parsed_back(dialect, text)
                    said += 1

    assert said > 150


@pytest.mark.parametrize("name", PORTABLE)
def test_every_function_of_rules_is_said_in_words_of_the_engine_or_refused_by_name(name: str) -> None:
    dialect = dialect_named(name)

    refused = {function for function, rule in RULES.items() if not is_said(dialect, rule)}

    assert refused == ({"regexp_full_match", "regexp_matches"} if name == "tsql" else set())


def is_said(dialect: Dialect, rule: str) -> bool:
    try:
        text = dialect.scalar(admit(rule), SCHEMA)
    except UnavailableError:
        return False
    parsed_back(dialect, f"CASE WHEN {text} THEN 1 END")
    return True


@pytest.mark.parametrize("name", PORTABLE)
@pytest.mark.parametrize("unknown", ["histogram", "approx_quantile", "regexp_extract", "list_sum", "sleep"])
def test_a_function_that_is_on_no_list_is_never_passed_on(name: str, unknown: str) -> None:
    dialect = dialect_named(name)

    with pytest.raises(UnavailableError) as refused:
        dialect.scalar(sql.function(unknown, sql.col("name")), SCHEMA)

    assert str(refused.value) == f"calls of '{unknown}' with these arguments are not available on {dialect.title}"


@pytest.mark.parametrize(
    ("name", "rule", "message"),
    [
        ("tsql", "regexp_matches(name, 'a')", "regular expressions are not available on SQL Server"),
        ("spark", r"regexp_matches(name, '\bx')", r"regular expressions with '\b' are not available on Spark"),
        ("postgres", "regexp_matches(name, other_name)",
         "regular expressions that are not constant are not available on PostgreSQL"),
        ("mysql", "trim(name, 'ab') = ''", "trims of several characters are not available on MySQL"),
        ("trino", "name > 1", "comparisons of string with integer are not available on Trino"),
        ("sqlite", "name like other_name", "patterns that are not constant are not available on SQLite"),
        ("mariadb", "log(3, number) > 1", "logarithms to another base than e, 2 and 10 are not available on MariaDB"),
        ("oracle", "cast(day as varchar) = 'x'", "timestamp values as text are not available on Oracle"),
        ("snowflake", "length > interval 1 day", "duration values are not available on Snowflake"),
        ("bigquery", "moment + interval 1 month > moment",
         "times shifted by months, years or a duration that is not constant are not available on BigQuery"),
        ("clickhouse", "cast(number as varchar) = '1'", "float values as text are not available on ClickHouse"),
        ("redshift", "cast(name as hugeint) = 1", "values of type int128 are not available on Redshift"),
    ],
)  # fmt: skip
def test_what_an_engine_cannot_say_is_refused_in_a_sentence(name: str, rule: str, message: str) -> None:
    schema = Schema((*SCHEMA, Column("day", LogicalType.TIMESTAMP))) if name == "oracle" else SCHEMA

    with pytest.raises(UnavailableError) as refused:
        dialect_named(name).scalar(admit(rule), schema)

    assert str(refused.value) == message


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_a_tree_is_as_it_was_after_it_was_written(rule: str) -> None:
    tree = admit(rule)
    before = repr(tree)

    assert sql.text(tree) == tree.sql(dialect=sql.DIALECT)
    assert repr(tree) == before


@pytest.mark.parametrize(
    ("alias", "title"),
    [("postgresql", "PostgreSQL"), ("MSSQL", "SQL Server"), ("sqlserver", "SQL Server"), ("mariadb", "MariaDB")],
)
def test_a_dialect_has_other_names(alias: str, title: str) -> None:
    assert dialect_named(alias).title == title


def test_an_unknown_dialect_is_told_with_the_nearest_name() -> None:
    with pytest.raises(SourceError) as refused:
        dialect_named("postgers")

    assert str(refused.value) == "the database dialect 'postgers' is not known. Did you mean 'postgres'?"


@pytest.mark.parametrize(
    ("name", "native", "expected"),
    [
        ("postgres", "timestamp with time zone", "timestamp_tz"),
        ("postgres", "timestamp(3) without time zone", "timestamp"),
        ("postgres", "character varying(20)", "string"),
        ("postgres", "integer[]", "list"),
        ("postgres", "jsonb", "json"),
        ("postgres", "tsvector", "other"),
        ("mysql", "tinyint(1)", "boolean"),
        ("mysql", "tinyint(4)", "integer"),
        ("mysql", "bigint(20) unsigned", "integer"),
        ("mysql", "enum('a','b')", "string"),
        ("mysql", "timestamp", "timestamp_tz"),
        ("sqlite", "VARCHAR(10)", "string"),
        ("sqlite", "DATETIME", "timestamp"),
        ("spark", "timestamp", "timestamp_tz"),
        ("spark", "array<int>", "list"),
        ("spark", "struct<a:int>", "struct"),
        ("snowflake", "NUMBER(38,0)", "integer"),
        ("snowflake", "NUMBER(10,2)", "decimal"),
        ("bigquery", "DATETIME", "timestamp"),
        ("trino", "timestamp(6) with time zone", "timestamp_tz"),
        ("clickhouse", "LowCardinality(Nullable(String))", "string"),
        ("tsql", "uniqueidentifier", "uuid"),
        ("oracle", "NUMBER(10)", "integer"),
        ("oracle", "FLOAT(126)", "decimal"),
        ("oracle", "no type at all (", "other"),
        ("duckdb", "DECIMAL(18,2)", "decimal"),
    ],
)
def test_a_type_of_an_engine_has_a_logical_type(name: str, native: str, expected: str) -> None:
    assert dialect_named(name).logical_type(native) == expected


def test_comparisons_of_floats_are_written_out_where_nan_compares_with_nothing() -> None:
    written = dialect_named("trino").scalar(admit("number <= other_number"), SCHEMA)

    assert written == '(("number" <= "other_number") OR (IS_NAN("other_number") AND "number" IS NOT NULL))'


def test_a_condition_is_no_value_on_sql_server() -> None:
    dialect = dialect_named("tsql")

    assert dialect.scalar(admit("flag"), SCHEMA) == "[flag]"
    assert dialect.scalar(admit("not flag"), SCHEMA) == "(NOT ([flag] = 1))"
    assert dialect.scalar(admit("flag = (whole > 1)"), SCHEMA) == (
        "([flag] = (CASE WHEN ([whole] > 1) THEN 1 WHEN NOT (([whole] > 1)) THEN 0 END))"
    )


def test_no_text_equals_the_empty_one_on_oracle() -> None:
    written = dialect_named("oracle").scalar(admit("name in ('', 'a') and name <> ''"), SCHEMA)

    assert written == """(("name" IN ('a')) AND ("name" = "name"))"""


def test_bins_of_postgresql_are_found_by_binary_search() -> None:
    form = dialect_named("postgres").form(
        Shape("whole", bins=Bins("number", (0.0, 1.0))).select(SCHEMA)["counts"], SCHEMA, {}
    )

    assert form == Grouped(
        'COALESCE((WIDTH_BUCKET(CAST("whole" AS DOUBLE PRECISION), '
        "CAST('{5e-324, 1.0000000000000002}' AS FLOAT8[])) + 1) % 3, 0)",
        2,
    )


def test_an_orphan_is_looked_up_in_a_statement_of_its_own() -> None:
    (_, orphans), *_ = [
        each for kind in samples().values() for each in kind if each[1].kind == "orphans" and each[0] == "whole"
    ]

    form = dialect_named("mysql").form(orphans.select(SCHEMA)["n"], SCHEMA, RELATIONS)

    assert form == Alone(
        "((NOT (`whole` IS NULL)) AND (NOT ((`whole`) IN (SELECT `id` FROM people WHERE `id` IS NOT NULL))))"
    )


def test_a_comment_cannot_be_ended_from_inside() -> None:
    assert [dialect_named(name).comment("a */ b /* c\n--") for name in DIALECTS] == ["/* a * / b / * c -- */ "] * len(
        DIALECTS
    )


def test_identifiers_and_texts_are_quoted_as_the_engine_quotes_them() -> None:
    names = {name: dialect_named(name).quoted('a"`]b') for name in DIALECTS}
    literals = {
        name: dialect_named(name).literal("it's \\") for name in PORTABLE if isinstance(dialect_named(name), Portable)
    }  # type: ignore[attr-defined]

    for name, quoted in names.items():
        (column,) = sqlglot.parse_one(f"SELECT {quoted}", dialect=dialect_named(name).name).expressions
        assert column.name == 'a"`]b'
    for name, written in literals.items():
        (constant,) = sqlglot.parse_one(f"SELECT {written}", dialect=dialect_named(name).name).expressions
        assert (constant.name or constant.this) == "it's \\"


@pytest.mark.parametrize(
    "pattern", [r"a\bc", "(?=a)", "(?m)a", "a{300}", "a**", "(a", "a)", "[a", "[b-a]", r"\pL", "^*", "a\\"]
)
def test_a_pattern_that_not_every_engine_has_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError, match=r"^regular expressions "):
        parse(pattern)


# ---- SQLite really runs, against DuckDB ----


def at(text: str) -> dt.datetime:
    """Return a moment without zone."""
    return dt.datetime.fromisoformat(text)


ROWS: list[tuple[Any, ...]] = [
    (0, 1, 3, 1.5, 1.5, "a", "1", True, dt.date(2020, 1, 1), at("2020-01-01 10:00:00.000005")),
    (1, 2, 0, None, 2.0, "A", "2026-02-28", False, dt.date(1969, 12, 31), at("1969-12-31 23:59:59.999999")),
    (2, -7, 2, -0.0, 2.0, "", "2026-02-31", None, None, None),
    (3, 0, 5, 0.0, 1.0, None, "1e3", True, dt.date(2024, 2, 29), at("2024-02-29 00:00:00")),
    (4, None, 1, None, 3.0, "ab ", "12.7", False, dt.date(1970, 1, 1), at("1970-01-01 00:00:00")),
    (5, 5, None, -math.inf, -1.0, "é", "true", True, dt.date(2000, 12, 31), at("2000-12-31 12:00:00")),
    (6, 2**62, 9, math.inf, None, "12", None, True, dt.date(2019, 12, 30), at("2019-12-30 01:02:03")),
    (7, -3, -2, 2.5, 0.5, "x%_y", " 42 ", False, dt.date(2020, 3, 1), at("2020-03-01 00:00:01")),
    (8, 12, 5, -2.5, None, "a\nb", "99999999999999999999", None, dt.date(1900, 1, 1), at("1990-01-01 00:00:00")),
    (9, 7, -7, 1e300, 100.25, "\\d", "2024-02-29", True, dt.date(2262, 4, 11), at("2030-04-11 23:47:16")),
]  # fmt: skip
COLUMNS = {
    "n": ("integer", "BIGINT"),
    "i": ("integer", "BIGINT"),
    "j": ("integer", "INTEGER"),
    "x": ("float", "DOUBLE"),
    "y": ("float", "DOUBLE"),
    "s": ("string", "VARCHAR"),
    "t": ("string", "VARCHAR"),
    "b": ("boolean", "BOOLEAN"),
    "d": ("date", "DATE"),
    "m": ("timestamp", "TIMESTAMP"),
}
RUN = Schema(tuple(Column(name, LogicalType(type_), native) for name, (type_, native) in COLUMNS.items()))

RUN_RULES = r"""
x > 1 | x <= y | x <> y | x is distinct from y | x between -1 and 2 | y in (1.5, 2.0, 3) | x < 'inf'::double | isinf(x)
isnan(x) | isfinite(x) | i / j > 1 | x / y > 1 | i // j = 0 | i % 3 = 2 | j % 2 = -1 | y % 2 = 0.5 | abs(j) > 2
ceil(y) = 1 | floor(x) = -3 | round(x) = 3 | round(x) = -3 | round(y, 1) = 100.3 | sign(x) = 1 | sqrt(y) > 1 | ln(y) > 0
log10(y) > 2 | log2(i) = 0 | exp(y) > 2 | pow(i, 2) = 4 | pow(j, -1) > 0 | greatest(i, j) = 5 | least(x, y) < 1
coalesce(s, 'none') = 'none' | nullif(s, 'a') = 'A' | case when i > 1 then j else 0 end > 1 | b | not b | b is not true
case s when 'a' then true when 'A' then false end | b = (i > 1) | (b or x > 1) is null | s = 'a' | s > 'A' | s <= 'é'
s in ('a', 'ab ', 'é') | not s in ('a', 'é') | s = t | i = '5' | length(s) = 1 | lower(s) = 'a' | upper(s) = 'É'
s || 'x' = 'ax' | concat(s, 'x', i) = 'ax1' | concat(b, d) = 'true2020-01-01' | replace(s, 'a', 'bb') = 'bb'
trim(t) = '42' | trim(s, 'ab') = '' | rtrim(s) = 'ab' | substr(t, 1, 2) = '20' | substr(t, -3, 2) = '-2'
substr(s, 0, 2) = 'a' | substr(t, -10, 4) = '2026' | starts_with(s, 'a') | suffix(s, '_y') | contains(s, '%')
s like 'a%' | s like 'a_b' | s like 'x!%!_y' escape '!'
s like '\d' | s not like 'a%' | s ilike 'É' | starts_with(t, s)
regexp_matches(s, '^a$') | regexp_full_match(s, 'a.b') | regexp_full_match(s, 'a\sb')
regexp_full_match(s, '(?i)a') | regexp_matches(s, 'É', 'i')
regexp_full_match(s, '\\d') | regexp_full_match(t, '\d{4}-\d{2}-\d{2}')
regexp_full_match(t, '[^a-z]+') | regexp_full_match(t, '(19|20)[0-9]+.*') | regexp_matches(t, '[[:alpha:]]')
regexp_matches(s, '[^\x00-\x7F]')
regexp_full_match(s, 'x%_y|é|') | try_cast(t as int) > 10 | try_cast(t as bigint) = 1000
try_cast(t as double) > 10
try_cast(t as decimal(10,2)) = 12.7 | try_cast(t as date) > date '2025-01-01'
try_cast(t as date) is null | try_cast(t as boolean) | try_cast(t as timestamp) is null | cast(i as varchar) = '5'
cast(d as varchar) = '2020-01-01' | cast(b as int) = 1 | cast(x as int) = 2 | d = date '2020-01-01' | d = '2020-01-01'
d in (date '2020-01-01', date '1970-01-01') | m >= timestamp '2020-01-01 10:00:00.000005' | m > d | year(d) = 2020
month(d) = 12 | hour(m) = 23
second(m) = 59 | extract(dow from d) = 3 | extract(isodow from d) = 7
extract(doy from d) = 366 | extract(quarter from m) = 4 | extract(epoch from m) < 0
extract(milliseconds from m) = 59999
date_trunc('month', m) = timestamp '2024-02-01 00:00:00' | date_trunc('quarter', m) = timestamp '2000-10-01 00:00:00'
date_trunc('week', d) = date '2019-12-30' | date_trunc('year', m) = timestamp '1969-01-01 00:00:00'
date_diff('day', d, m) = 0 | date_diff('month', d, date '2020-02-01') = 1 | date_diff('week', d, date '2020-01-06') = 1
d + interval 1 day = date '2020-01-02'
m - interval '2 hours' < timestamp '1970-01-01 00:00:00' | m - d > interval 3 hours
d - date '2020-01-01' > 10 | hour(m + interval 2 hours) = 1
"""
RULES_RUN = [rule.strip() for line in RUN_RULES.strip().splitlines() for rule in line.split(" | ")]


@pytest.fixture(scope="module")
def sqlite() -> Any:
    connection = sqlite3.connect(":memory:")
    dialect_named("sqlite").prepare(connection)
    connection.execute(f"CREATE TABLE t ({', '.join(f'{name} {native}' for name, (_, native) in COLUMNS.items())})")
    written = [[_as_sqlite(value) for value in row] for row in ROWS]
    connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(COLUMNS))})", written)
    yield connection
    connection.close()


def _as_sqlite(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return value.isoformat() if isinstance(value, dt.date) else value


@pytest.fixture(scope="module")
def duck() -> Any:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE TABLE t ({', '.join(f'{name} {native}' for name, (_, native) in COLUMNS.items())})")
        connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(COLUMNS))})", ROWS)
        yield connection


@pytest.mark.parametrize("rule", RULES_RUN)
def test_a_rule_means_the_same_on_sqlite(rule: str, sqlite: Any, duck: Any) -> None:
    tree = admit(rule)
    statements = [
        f"SELECT CASE WHEN {text} THEN 1 WHEN NOT ({text}) THEN 0 END FROM t ORDER BY n"
        for text in (DuckDB().scalar(tree, RUN), dialect_named("sqlite").scalar(tree, RUN))
    ]

    assert sqlite.execute(statements[1]).fetchall() == duck.execute(statements[0]).fetchall()


def test_a_list_of_values_is_looked_up_as_accepted_values_asks_for_it(sqlite: Any) -> None:
    listed = sql.condition("NOT \"s\" IS NULL AND LIST_POSITION(['a', 'é'], \"s\") IS NULL")

    text = dialect_named("sqlite").scalar(listed, RUN)

    assert [n for (n,) in sqlite.execute(f"SELECT n FROM t WHERE {text}")] == [1, 2, 4, 6, 7, 8, 9]


def test_the_most_frequent_values_come_first_and_then_by_code_point(sqlite: Any) -> None:
    dialect = dialect_named("sqlite")
    statement = dialect.frequent_values("t", dialect.scalar(sql.col("b"), RUN), 1, 5)

    assert sqlite.execute(statement).fetchall() == [(1, 5), (0, 3)]


def test_quantiles_are_values_of_the_column(sqlite: Any) -> None:
    dialect = dialect_named("sqlite")

    assert sqlite.execute(dialect.quantiles("t", '"n"', 5)).fetchall() == [(1,), (3,), (5,), (7,)]
    assert sqlite.execute(dialect.quantiles("t", '"n"', 200)).fetchall() == [(n,) for n in range(10)]


def test_the_first_rows_and_none_of_a_relation(sqlite: Any) -> None:
    dialect = dialect_named("sqlite")
    shown = [dialect.text_of(RUN[name]) for name in ("s", "b", "d", "x")]

    assert sqlite.execute(dialect.first_rows("t", shown, "i > 1", ['"n"'], 2)).fetchall() == [
        ("A", "false", "1969-12-31", None),
        ("é", "true", "2000-12-31", "-Inf"),
    ]
    assert len(sqlite.execute(dialect.no_rows("t")).description) == len(COLUMNS)
    assert sqlite.execute(f"SELECT COUNT(*) FROM {dialect.sampled('t', 1.0, 7)}").fetchall() == [(10,)]


def test_a_text_that_is_no_time_ends_the_statement_of_sqlite() -> None:
    connection = sqlite3.connect(":memory:")
    dialect_named("sqlite").prepare(connection)
    text = dialect_named("sqlite").scalar(admit("d > date '2020-01-01'"), RUN)

    with pytest.raises(sqlite3.OperationalError):
        connection.execute(f"SELECT {text} FROM (SELECT 'soon' AS d)").fetchall()
    connection.close()


def test_the_page_of_engines_is_what_the_dialects_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
