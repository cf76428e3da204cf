"""Which rules are admitted: pure conditions over the columns of a row, and nothing else.

A rule is read as tokens, then parsed, then walked. Each of the three admits a closed list; what is on no list is
refused, so a construct that a later version of the parser learns is refused until it is put here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NoReturn

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError

from airflow_mlquality.errors import AdmissionError, did_you_mean, quoted
from airflow_mlquality.measurements import sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlglot import Token

__all__ = ["FUNCTIONS", "AdmissionError", "admit"]

LONGEST = 2_000
"""Characters of a rule."""
DEEPEST = 40
"""Levels of nesting of a rule."""

FUNCTIONS = frozenset({
    *("abs", "ceil", "ceiling", "exp", "floor", "ln", "log", "log10", "log2", "mod", "pow", "power", "round", "sign"),
    *("sqrt", "isfinite", "isinf", "isnan"),
    *("coalesce", "greatest", "ifnull", "least", "nullif"),
    *("concat", "contains", "ends_with", "length", "lower", "ltrim", "prefix", "regexp_full_match", "regexp_matches"),
    *("replace", "rtrim", "starts_with", "substr", "substring", "suffix", "trim", "upper"),
    *("date_diff", "date_part", "date_trunc", "datediff", "datepart", "datetrunc", "day", "extract", "hour", "minute"),
    *("month", "second", "year"),
})  # fmt: skip
"""Names of the functions that a rule may call."""


def admit(rule: str) -> exp.Expr:
    """Return a rule as a tree whose column names are quoted.

    Parameters
    ----------
    rule
        One SQL condition in the dialect of DuckDB.

    Raises
    ------
    AdmissionError
        The rule cannot be read, is no condition, or is made of more than columns, literals, operators and the
        functions in `FUNCTIONS`.

    Examples
    --------
    >>> print(sql.text(admit("arrival >= departure or status in ('lost', 'late')")))
    "arrival" >= "departure" OR "status" IN ('lost', 'late')
    """
    return _admitted(rule).copy()


@lru_cache(maxsize=1024)
def _admitted(rule: str) -> exp.Expr:
    if len(rule) > LONGEST:
        raise AdmissionError.of(rule, f"it is longer than {LONGEST:,} characters")
    try:
        _check_tokens(rule, sqlglot.tokenize(rule, dialect=sql.DIALECT))
        tree = sqlglot.parse_one(rule, into=exp.Condition, dialect=sql.DIALECT)
        _check_tree(rule, tree)
    except SqlglotError as broken:
        raise AdmissionError.of(rule, f"it cannot be read{_where(broken)}") from None
    except RecursionError:
        raise AdmissionError.of(rule, "it nests too deep") from None
    for column in tree.find_all(exp.Column):
        column.this.set("quoted", True)  # noqa: FBT003  sqlglot's signature
    return tree


def _where(broken: SqlglotError) -> str:
    """Return where a parser stopped; its own words show its machinery, not the mistake."""
    details = getattr(broken, "errors", None) or [{}]
    near = details[0].get("highlight")
    return f" near {quoted(near)}" if near else ""


# ---- tokens: comments, statements, nesting, and the names of functions as they are written ----

_OPENING = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END})
_PREFIXES = frozenset({TokenType.NOT, TokenType.DASH, TokenType.PLUS})
_BEFORE_PARENTHESIS = frozenset({
    *("and", "between", "by", "case", "cast", "else", "end", "escape", "from", "ilike", "in", "is", "like", "not"),
    *("or", "then", "try_cast", "when", "decimal", "numeric", "varchar", "char", "interval"),
})  # fmt: skip
"""Words that stand before a parenthesis without being a function."""
_REFUSED_TOKENS = {
    TokenType.SEMICOLON: "a second statement",
    TokenType.SELECT: "a sub-query",
    TokenType.WITH: "a sub-query",
    TokenType.EXISTS: "a sub-query",
    TokenType.VALUES: "a sub-query",
    TokenType.OVER: "a window",
    TokenType.ARROW: "an arrow",
    TokenType.RLIKE: "the operator ~ (write regexp_matches or regexp_full_match)",
    TokenType.TILDE: "the operator ~ (write regexp_matches or regexp_full_match)",
    TokenType.PARAMETER: "a parameter",
    TokenType.PLACEHOLDER: "a parameter",
    TokenType.SESSION_PARAMETER: "a parameter",
    TokenType.L_BRACKET: "a list",
    TokenType.L_BRACE: "a struct",
}


def _check_tokens(rule: str, tokens: Sequence[Token]) -> None:
    if not tokens:
        raise AdmissionError.of(rule, "it is empty")
    depth = prefixes = 0
    before: Token | None = None
    for token in tokens:
        kind = token.token_type
        if token.comments:
            raise AdmissionError.of(rule, "a comment is not allowed")
        depth += (kind in _OPENING) - (kind in _CLOSING)
        prefixes = prefixes + 1 if kind in _PREFIXES else 0
        if depth + prefixes > DEEPEST:
            raise AdmissionError.of(rule, "it nests too deep")
        if kind in _REFUSED_TOKENS:
            raise AdmissionError.of(rule, f"{_REFUSED_TOKENS[kind]} is not allowed")
        if kind is TokenType.L_PAREN and before is not None and _is_word(before):
            _check_function(rule, before.text.lower())
        before = token


def _is_word(token: Token) -> bool:
    is_name = token.token_type is TokenType.IDENTIFIER or token.text.replace("_", "a").isalnum()
    return is_name and token.token_type not in (TokenType.STRING, TokenType.NUMBER)


def _check_function(rule: str, name: str) -> None:
    if name in FUNCTIONS or name in _BEFORE_PARENTHESIS:
        return
    if name in ("any", "all", "some"):
        raise AdmissionError.of(rule, "a sub-query is not allowed")
    known = exp.FUNCTION_BY_NAME.get(name.upper())
    if known is not None and issubclass(known, exp.AggFunc):
        raise AdmissionError.of(rule, f"an aggregate ({quoted(name)}) is not allowed")
    hint = did_you_mean(name, FUNCTIONS) or f" Allowed are {', '.join(sorted(FUNCTIONS))}"
    raise AdmissionError.of(rule, f"the function {quoted(name)} is not allowed.{hint}")


# ---- the tree ----

_LOGIC = (exp.And, exp.Or, exp.Not)
_CONDITIONS = (
    *_LOGIC,
    *(exp.Is, exp.In, exp.Between, exp.Like, exp.ILike, exp.Escape, exp.Boolean),
    *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ),
    *(exp.RegexpLike, exp.RegexpFullMatch, exp.StartsWith, exp.EndsWith, exp.Contains, exp.IsNan, exp.IsInf),
)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_PREDICATES = frozenset({"isfinite", "prefix", "suffix", "starts_with", "ends_with", "contains"})
_ADMITTED = frozenset({
    *_CONDITIONS,
    *(exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Paren, exp.Case, exp.If, exp.Anonymous, exp.Var),
    *(exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Pow, exp.DPipe),
    *(exp.Cast, exp.TryCast, exp.DataType, exp.DataTypeParam, exp.Interval),
    *(exp.Abs, exp.Ceil, exp.Exp, exp.Floor, exp.Ln, exp.Log, exp.Round, exp.Sign, exp.Sqrt),
    *(exp.Coalesce, exp.Greatest, exp.Least, exp.Nullif),
    *(exp.Concat, exp.Length, exp.Lower, exp.Replace, exp.Substring, exp.Trim, exp.Upper),
    *(exp.DateDiff, exp.DateTrunc, exp.TimestampTrunc, exp.Extract),
    *(exp.Day, exp.Hour, exp.Minute, exp.Month, exp.Second, exp.Year),
})  # fmt: skip
_WHAT: dict[type, str] = {
    exp.Query: "a sub-query",
    exp.Exists: "a sub-query",
    exp.Star: "a star",
    exp.Dot: "a name with a dot in it",
    exp.AggFunc: "an aggregate",
    exp.Window: "a window",
    exp.Lambda: "a lambda",
    exp.Parameter: "a parameter",
    exp.Placeholder: "a parameter",
    exp.Tuple: "a tuple",
}
_PLAIN_TYPES = frozenset({
    *(exp.DType.BOOLEAN, exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT, exp.DType.INT128),
    *(exp.DType.UTINYINT, exp.DType.USMALLINT, exp.DType.UINT, exp.DType.UBIGINT),
    *(exp.DType.FLOAT, exp.DType.DOUBLE, exp.DType.DECIMAL, exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.CHAR),
    *(exp.DType.DATE, exp.DType.TIME, exp.DType.TIMESTAMPNTZ, exp.DType.TIMESTAMPTZ, exp.DType.UUID),
    *(exp.DType.INTERVAL,),
})  # fmt: skip


def _check_tree(rule: str, tree: exp.Expr) -> None:
    nodes: list[exp.Expr] = []
    for node, depth in _walk(tree):
        if depth > DEEPEST:
            raise AdmissionError.of(rule, "it nests too deep")
        _check_node(rule, node)
        nodes.append(node)
    for part in (part for node in nodes if isinstance(node, _LOGIC) for part in node.iter_expressions()):
        if not _is_condition(part):
            raise AdmissionError.of(rule, f"{quoted(part.sql(dialect=sql.DIALECT))} is not a condition")
    if not _is_condition(tree):
        raise AdmissionError.of(rule, "it is not a condition")
    if not any(isinstance(node, exp.Column) for node in nodes):
        raise AdmissionError.of(rule, "it names no column")
    if sum(isinstance(node, exp.Replace) and _lengthens(node) for node in nodes) > 1:
        raise AdmissionError.of(rule, "more than one 'replace' that lengthens its text is not allowed")


def _lengthens(replace: exp.Replace) -> bool:
    """Return whether a replacement may be longer than what it replaces; nested ones would multiply."""
    old, new = replace.expression, replace.args.get("replacement")
    if not (isinstance(old, exp.Literal) and isinstance(new, exp.Literal)):
        return True
    return len(new.name) > len(old.name)


def _walk(tree: exp.Expr) -> Iterator[tuple[exp.Expr, int]]:
    """Yield every node and its depth; a chain of the same operator is one level, however long."""
    stack = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        yield node, depth
        for child in node.iter_expressions():
            chained = isinstance(node, exp.Binary) and child is node.left and type(child) is type(node)
            stack.append((child, depth if chained else depth + 1))


def _check_node(rule: str, node: exp.Expr) -> None:
    if type(node) not in _ADMITTED:
        _refuse(rule, node)
    if isinstance(node, exp.Anonymous) and str(node.this).lower() not in FUNCTIONS:
        _refuse(rule, node)
    if isinstance(node, exp.Column):
        _check_column(rule, node)
    if isinstance(node, exp.DataType) and (node.this not in _PLAIN_TYPES or node.args.get("nested")):
        raise AdmissionError.of(rule, f"the type {quoted(node.sql(dialect=sql.DIALECT))} is not allowed")
    if isinstance(node, exp.In) and not node.expressions and not node.args.get("query"):
        raise AdmissionError.of(rule, "'in' takes a list in parentheses")
    if isinstance(node, _COMPARISONS) and isinstance(node.right, exp.Null):
        raise AdmissionError.of(rule, "nothing compares with null. Write 'is null' or 'is not null'")


def _check_column(rule: str, column: exp.Column) -> None:
    if len(column.parts) > 1:
        name = ".".join(part.name for part in column.parts)
        raise AdmissionError.of(rule, f"{quoted(name)} has a dot in it. Write the name of the column alone")
    if not isinstance(column.this, exp.Identifier):
        _refuse(rule, column.this)


def _refuse(rule: str, node: exp.Expr) -> NoReturn:
    what = next((what for kind, what in _WHAT.items() if isinstance(node, kind)), None)
    raise AdmissionError.of(rule, f"{what or quoted(node.sql(dialect=sql.DIALECT))} is not allowed")


def _is_condition(node: exp.Expr) -> bool:
    """Return whether a node is true or false for a row; a bare column may be."""
    if isinstance(node, exp.Paren):
        return _is_condition(node.this)
    if isinstance(node, exp.Case):
        results = [branch.args["true"] for branch in node.args["ifs"]]
        return all(_is_condition(each) for each in [*results, node.args.get("default") or exp.null()])
    if isinstance(node, exp.Coalesce):
        return all(_is_condition(each) for each in [node.this, *node.expressions])
    if isinstance(node, exp.Cast):
        return node.to.this is exp.DType.BOOLEAN
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower() in _PREDICATES
    return isinstance(node, (*_CONDITIONS, exp.Column, exp.Null))
