"""A rule is a pure condition over the columns of a row, or it is refused with its reason."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from airflow_mlquality.checks.admission import DEEPEST, FUNCTIONS, LONGEST, admit
from airflow_mlquality.errors import AdmissionError
from airflow_mlquality.measurements import sql

END = "A rule is a boolean expression over the columns of a row"
ALLOWED = f"Allowed are {', '.join(sorted(FUNCTIONS))}"


@pytest.mark.parametrize(
    ("rule", "rendered"),
    [
        ("a > 1", '"a" > 1'),
        ("is_valid", '"is_valid"'),
        ('"Mixed Case" is null', '"Mixed Case" IS NULL'),
        ("Dep_Time <> ARR", '"Dep_Time" <> "ARR"'),
        ("a is not null or b is null", 'NOT "a" IS NULL OR "b" IS NULL'),
        ("(a + b) * 2 / c - d % 3 >= -1", '("a" + "b") * 2 / "c" - "d" % 3 >= -1'),
        ("not (a and b)", 'NOT ("a" AND "b")'),
        ("x in (1, 'b') and y not in ('c')", "\"x\" IN (1, 'b') AND NOT \"y\" IN ('c')"),
        ("a between 1 and b", '"a" BETWEEN 1 AND "b"'),
        ("a like 'x%' or b ilike '_y'", "\"a\" LIKE 'x%' OR \"b\" ILIKE '_y'"),
        ("a is distinct from b", '"a" IS DISTINCT FROM "b"'),
        ("case when a then b > 1 else c end", 'CASE WHEN "a" THEN "b" > 1 ELSE "c" END'),
        ("a::integer = try_cast(b as double)", 'CAST("a" AS INT) = TRY_CAST("b" AS DOUBLE)'),
        ("t >= date '2024-01-01'", "\"t\" >= CAST('2024-01-01' AS DATE)"),
        ("t < u + interval 1 day", '"t" < "u" + INTERVAL \'1\' DAY'),
        ("extract(hour from t) < 12", 'EXTRACT(HOUR FROM "t") < 12'),
        ("a = 'it''s; -- no comment'", "\"a\" = 'it''s; -- no comment'"),
        ("user = 'x'", "\"user\" = 'x'"),
        ("coalesce(a > 1, true)", 'COALESCE("a" > 1, TRUE)'),
    ],
)
def test_a_condition_is_admitted_with_its_columns_quoted_as_written(rule: str, rendered: str) -> None:
    assert sql.text(admit(rule)) == rendered


CALLS = {
    "concat": "concat('a', s) = 'ab'",
    "contains": "contains(s, 'b')",
    "date_diff": "date_diff('day', t, t) = 0",
    "date_part": "date_part('year', t) = 2024",
    "date_trunc": "date_trunc('day', t) <= t",
    "datediff": "datediff('day', t, t) = 0",
    "datepart": "datepart('year', t) = 2024",
    "datetrunc": "datetrunc('day', t) <= t",
    "extract": "extract(year from t) = 2024",
    "log": "log(x) = 0",
    "nullif": "nullif(x, 2) = 1",
    "replace": "replace(s, 'b', '') = ''",
    "substr": "substr(s, 1, 1) = 'b'",
    "substring": "substring(s, 1, 1) = 'b'",
    **{name: f"{name}(x, 1) = 1" for name in ("coalesce", "greatest", "ifnull", "least", "pow", "power")},
    "mod": "mod(x, 2) = 1",
    **{name: f"{name}(s) = 'b'" for name in ("lower", "ltrim", "rtrim", "trim")},
    "upper": "upper(s) = 'B'",
    **{name: f"{name}(s, 'b')" for name in ("ends_with", "prefix", "regexp_full_match", "regexp_matches")},
    **{name: f"{name}(s, 'b')" for name in ("starts_with", "suffix")},
    "length": "length(s) = 1",
    **{name: f"{name}(x) >= 0" for name in ("abs", "ceil", "ceiling", "exp", "floor", "ln", "log10", "log2", "round")},
    **{name: f"{name}(x) = 1" for name in ("sign", "sqrt")},
    "isfinite": "isfinite(x)",
    "isinf": "not isinf(x)",
    "isnan": "not isnan(x)",
    **{name: f"{name}(t) >= 0" for name in ("year", "month", "day", "hour", "minute", "second")},
}


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_allowed_function_is_admitted_and_runs(name: str) -> None:
    condition = sql.text(admit(CALLS[name]))
    row = duckdb.sql("SELECT 1.0::DOUBLE AS x, 'b' AS s, TIMESTAMP '2024-01-01 10:00' AS t")

    assert row.project(condition).fetchall() == [(True,)]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("", "it is empty."),
        ("  \n ", "it is empty."),
        ("a >", "it cannot be read near '>'."),
        ("a > 'b", "it cannot be read."),
        ("a > 1 limit 1", "it cannot be read near 'limit'."),
        ("a + b", "it is not a condition."),
        ("lower(a)", "it is not a condition."),
        ("case when a then 1 end", "it is not a condition."),
        ("a and b + 1", "'b + 1' is not a condition."),
        ("1 = 1", "it names no column."),
        ("true", "it names no column."),
        ("a = null", "nothing compares with null. Write 'is null' or 'is not null'."),
        ("a <> NULL", "nothing compares with null. Write 'is null' or 'is not null'."),
        ("t.a > 1", "'t.a' has a dot in it. Write the name of the column alone."),
        ("x > (select 1)", "a sub-query is not allowed."),
        ("x in (select y from t)", "a sub-query is not allowed."),
        ("x in (from t)", "a sub-query is not allowed."),
        ("x = (from t)", "a sub-query is not allowed."),
        ("x > (values (1))", "a sub-query is not allowed."),
        ("x > (with t as (select 1) select 1)", "a sub-query is not allowed."),
        ("not exists (select 1)", "a sub-query is not allowed."),
        ("x = any(select 1)", "a sub-query is not allowed."),
        ("select a", "a sub-query is not allowed."),
        ("a > 1 union select 1", "a sub-query is not allowed."),
        ("x in y", "'in' takes a list in parentheses."),
        ("a > 1; drop table t", "a second statement is not allowed."),
        ("a > 1;", "a second statement is not allowed."),
        ("a -- b\n> 1", "a comment is not allowed."),
        ("a > /* b */ 1", "a comment is not allowed."),
        ("/*+ hint */ a > 1", "a comment is not allowed."),
        ("a > $1", "a parameter is not allowed."),
        ("a > ?", "a parameter is not allowed."),
        ("a > :b", "a parameter is not allowed."),
        ("* > 1", "a star is not allowed."),
        ("count(*) > 1", "an aggregate ('count') is not allowed."),
        ("a > avg(a)", "an aggregate ('avg') is not allowed."),
        ("a > lag(a) over ()", "an aggregate ('lag') is not allowed."),
        ("abs(a) over () > 1", "a window is not allowed."),
        ("coalesce(a, x -> x)", "an arrow is not allowed."),
        ("a[1] > 2", "a list is not allowed."),
        ("a = {'b': 1}", "a struct is not allowed."),
        ("{{ ds }} = a", "a struct is not allowed."),
        ("(a, b) = (1, 2)", "a tuple is not allowed."),
        ("a ~ 'x'", "the operator ~ (write regexp_matches or regexp_full_match) is not allowed."),
        ("a::struct(x int) is null", "the function 'struct' is not allowed. Did you mean 'extract'?"),
        ("a::json is null", "the type 'JSON' is not allowed."),
        ("a < current_date", "'CURRENT_DATE' is not allowed."),
        ("a at time zone 'UTC' > b", "'a AT TIME ZONE 'UTC'' is not allowed."),
        ("a & 1 = 1", "'a & 1' is not allowed."),
        ("a collate nocase = 'x'", "'a COLLATE nocase' is not allowed."),
        ("lenght(a) > 1", "the function 'lenght' is not allowed. Did you mean 'length'?"),
        ("getenv('HOME') = a", f"the function 'getenv' is not allowed. {ALLOWED}."),
        ('"getenv"(a) = a', f"the function 'getenv' is not allowed. {ALLOWED}."),
        ("a > random()", f"the function 'random' is not allowed. {ALLOWED}."),
        ("unnest(a) = 1", f"the function 'unnest' is not allowed. {ALLOWED}."),
        (
            "replace(replace(a, 'x', 'xxxx'), 'x', 'xxxx') = ''",
            "more than one 'replace' that lengthens its text is not allowed.",
        ),
    ],
)
def test_anything_else_is_refused_with_its_reason(rule: str, reason: str) -> None:
    with pytest.raises(AdmissionError) as refused:
        admit(rule)

    assert str(refused.value) == f'rule "{" ".join(rule.split())}": {reason} {END}'


@pytest.mark.parametrize(
    "rule",
    [
        "(" * 200 + "a" + ")" * 200,
        "not " * 400 + "a",
        "- " * 400 + "a > 1",
        "case when " * 80 + "a" + " then true end" * 80,
        "abs(" * 300 + "a" + ")" * 300 + " > 1",
        "a > 1 and (" * 100 + "a" + ")" * 100,
        "a" + "::text" * 300 + " = 'x'",
    ],
)
def test_nesting_without_end_is_refused(rule: str) -> None:
    with pytest.raises(AdmissionError, match="it nests too deep"):
        admit(rule)


def test_a_rule_has_a_longest_length() -> None:
    with pytest.raises(AdmissionError, match="it is longer than 2,000 characters"):
        admit("a > 1 " + "or a > 1 " * LONGEST)


@pytest.mark.parametrize("operator", [" and ", " or ", "+", " || "])
def test_a_long_chain_is_no_nesting(operator: str) -> None:
    rule = operator.join(["a"] * (LONGEST // (1 + len(operator)) - DEEPEST)) + " is not null"

    assert sql.condition(sql.text(admit(rule))) == admit(rule)


def test_a_message_cuts_a_long_rule() -> None:
    with pytest.raises(AdmissionError) as refused:
        admit("a + " * 40 + "b")

    assert str(refused.value) == f'rule "{("a + " * 40)[:79]}…": it is not a condition. {END}'


def test_each_caller_gets_a_tree_of_its_own() -> None:
    admit("a > 1").set("this", exp.null())

    assert sql.text(admit("a > 1")) == '"a" > 1'


WORDS = [
    *("a", "b", '"c d"', "1", "1.5", "'x'", "null", "true", "*", "t.a", "?", "$1", "@a", "e'\\n'", "x'ff'"),
    *("=", "<>", "<", ">=", "+", "-", "/", "||", "%", "~", "->", "::", ".", ",", ";", ":=", "[", "]", "{", "}"),
    *("(", ")", "(", ")", "and", "or", "not", "is", "in", "like", "between", "case", "when", "then", "else", "end"),
    *("cast", "as", "int", "date", "interval", "day", "extract", "from", "distinct", "select", "exists", "over"),
    *("abs", "coalesce", "count", "sum", "lower", "getenv", "read_csv", "columns", "lambda", "filter", "where"),
    *("--", "/*", "*/", "#", "{{", "}}", "'", '"', "`", "\\", "\x00", "\n", "é", "√"),
]


@given(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join) | st.text(max_size=30))
def test_any_text_is_refused_or_becomes_a_tree_that_reads_back(rule: str) -> None:
    try:
        tree = admit(rule)
    except AdmissionError:
        return

    assert sql.text(sql.condition(sql.text(tree))) == sql.text(tree)
    assert not list(tree.find_all(exp.Query, exp.Star, exp.AggFunc, exp.Window, exp.Lambda))
