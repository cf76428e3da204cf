"""Text: its length and parts, what it contains, and which patterns it matches."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from airflow_mlquality.engines.dialects.cards import luhn_fits
from airflow_mlquality.engines.dialects.ibans import in_pieces
from airflow_mlquality.engines.dialects.translation.casts import as_text
from airflow_mlquality.engines.dialects.translation.comparisons import compare
from airflow_mlquality.engines.dialects.translation.patterns import PatternError, parse
from airflow_mlquality.engines.dialects.translation.terms import Term, integer, predicate
from airflow_mlquality.engines.dialects.translation.translation import (
    Translation,
    translates,
    translates_binary,
    translates_function,
)
from airflow_mlquality.measurements import LogicalType, sql

if TYPE_CHECKING:
    from collections.abc import Sequence


def text_term(translation: Translation, node: exp.Expr) -> Term:
    """Return a node that must be text."""
    term = translation.term(node)
    if term.type not in (LogicalType.STRING, LogicalType.NULL):
        translation.refuse(f"functions of text on {term.type.value} values")
    return term


def _string(sql: str) -> Term:
    return Term(sql, LogicalType.STRING)


@translates(exp.Length, knows="this")
def length(translation: Translation, node: exp.Expr) -> Term:
    """Return how many characters a text has."""
    return integer(translation.dialect.length(text_term(translation, node.this).sql))


@translates(exp.Lower, exp.Upper, knows="this")
def cased(translation: Translation, node: exp.Expr) -> Term:
    """Return a text in small or capital letters."""
    term, dialect = text_term(translation, node.this), translation.dialect
    return _string(dialect.lower(term.sql) if isinstance(node, exp.Lower) else dialect.upper(term.sql))


@translates(exp.Concat, knows="expressions")
def concatenated(translation: Translation, node: exp.Expr) -> Term:
    """Return values as one text; NULL is left out."""
    parts = [as_text(translation, translation.term(each)).sql for each in node.expressions]
    return _string(translation.dialect.concatenated(parts))


@translates_binary(exp.DPipe)
def joined(translation: Translation, left: Term, right: Term) -> Term:
    """Return two values as one text, NULL where one is."""
    parts = [as_text(translation, term).sql for term in (left, right)]
    return _string(translation.dialect.joined(parts))


@translates(exp.Replace, knows="this expression replacement")
def replaced(translation: Translation, node: exp.Expr) -> Term:
    """Return a text with every occurrence of another one replaced, one after the other where they are nested."""
    pairs: list[tuple[Term, Term]] = []
    inner: exp.Expr = node
    while isinstance(inner, exp.Replace):
        pairs.append((text_term(translation, inner.expression), text_term(translation, inner.args["replacement"])))
        inner = inner.this
    return _string(translation.dialect.replaced_each(text_term(translation, inner), pairs[::-1]))


@translates(exp.Trim, knows="this expression position")
def trimmed(translation: Translation, node: exp.Expr) -> Term:
    """Return a text without some characters at its ends, blanks unless others are named."""
    source = text_term(translation, node.this)
    set_ = node.args.get("expression")
    characters = " " if set_ is None else text_term(translation, set_).constant
    if not isinstance(characters, str) or not characters:
        translation.refuse("trims of characters that are not constant")
    side = str(node.args.get("position") or "BOTH").upper()
    return _string(translation.dialect.trimmed(source.sql, characters, side))


@translates(exp.Substring, knows="this start length")
def substring(translation: Translation, node: exp.Expr) -> Term:
    """Return a part of a text by its place, counted from 1, or from the end where it is negative."""
    source = text_term(translation, node.this).sql
    start = _constant(translation, node.args.get("start"))
    size = node.args.get("length")
    taken = None if size is None else _constant(translation, size)
    if start is None or (taken is not None and taken < 0):
        translation.refuse("parts of text of a negative size")
    dialect = translation.dialect
    if start >= 0:
        return _string(dialect.substring(source, "1" if start == 0 else str(start), _cut(taken, start)))
    long_enough = f"{dialect.length(source)} >= {-start}"
    first = f"(CASE WHEN {long_enough} THEN {dialect.length(source)} + {start + 1} ELSE 1 END)"
    if taken is None:
        return _string(dialect.substring(source, first, None))
    rest = f"{dialect.length(source)} + {taken + start}"
    size_sql = f"(CASE WHEN {long_enough} THEN {taken} WHEN {rest} > 0 THEN {rest} ELSE 0 END)"
    return _string(dialect.substring(source, first, size_sql))


def _cut(taken: int | None, start: int) -> str | None:
    """Return the size of a part; place 0 lies before the first character and takes one away."""
    if taken is None:
        return None
    return str(max(taken - 1, 0) if start == 0 else taken)


def _constant(translation: Translation, node: exp.Expr | None) -> int | None:
    constant = None if node is None else translation.term(node).constant
    if node is not None and (not isinstance(constant, Decimal) or constant % 1):
        translation.refuse("parts of text at a place that is not constant")
    return int(constant) if isinstance(constant, Decimal) else None


@translates_function(sql.DIGITS)
def digits(translation: Translation, arguments: Sequence[exp.Expr]) -> Term:
    """Return the whole number that a text of digits is."""
    return integer(translation.dialect.digits(text_term(translation, arguments[0]).sql))


@translates_function(sql.IBAN_FITS)
def iban_fits(translation: Translation, arguments: Sequence[exp.Expr]) -> Term:
    """Return whether the check digits of an IBAN fit."""
    shorter = translation.dialect.iban_fits(text_term(translation, arguments[0]).sql)
    return predicate(shorter) if shorter else translation.term(in_pieces(arguments[0]))


@translates_function(sql.CARD_FITS)
def card_fits(translation: Translation, arguments: Sequence[exp.Expr]) -> Term:
    """Return whether the check digit of a payment card fits."""
    return translation.term(luhn_fits(arguments[0]))


# ---- what a text contains ----


@translates_binary(exp.StartsWith)
def starts_with(translation: Translation, source: Term, start: Term) -> Term:
    """Return whether a text starts with another."""
    _texts(translation, source, start)
    if isinstance(start.constant, str):
        return _like(translation, source, [start.constant, None])
    size = translation.dialect.length(start.sql)
    return compare(translation, _string(translation.dialect.substring(source.sql, "1", size)), start, "=")


@translates_binary(exp.EndsWith)
def ends_with(translation: Translation, source: Term, end: Term) -> Term:
    """Return whether a text ends with another."""
    _texts(translation, source, end)
    if not isinstance(end.constant, str):
        translation.refuse("ends of text that are not constant")
    return _like(translation, source, [None, end.constant])


@translates_binary(exp.Contains)
def contains(translation: Translation, source: Term, part: Term) -> Term:
    """Return whether a text contains another."""
    _texts(translation, source, part)
    if not isinstance(part.constant, str):
        translation.refuse("parts of text that are not constant")
    return _like(translation, source, [None, part.constant, None])


def _texts(translation: Translation, *terms: Term) -> None:
    if any(term.type not in (LogicalType.STRING, LogicalType.NULL) for term in terms):
        translation.refuse("functions of text on other values")


@translates_function("prefix")
def prefix(translation: Translation, arguments: Sequence[exp.Expr]) -> Term:
    """Return whether a text starts with another."""
    source, start = (translation.term(each) for each in arguments)
    return starts_with(translation, source, start)


@translates_function("suffix")
def suffix(translation: Translation, arguments: Sequence[exp.Expr]) -> Term:
    """Return whether a text ends with another."""
    source, end = (translation.term(each) for each in arguments)
    return ends_with(translation, source, end)


@translates(exp.Like, exp.ILike, knows="this expression negate")
def like(translation: Translation, node: exp.Expr) -> Term:
    """Return whether a text is like a pattern."""
    return _like_node(translation, node, None)


@translates(exp.Escape)
def escaped(translation: Translation, node: exp.Expr) -> Term:
    """Return whether a text is like a pattern that has an escaping character."""
    character = translation.term(node.expression).constant
    if not isinstance(character, str) or len(character) != 1 or not isinstance(node.this, exp.Like | exp.ILike):
        translation.refuse("escaping characters that are not constant")
    return _like_node(translation, node.this, character)


def _like_node(translation: Translation, node: exp.Expr, escape: str | None) -> Term:
    source, pattern = text_term(translation, node.this), text_term(translation, node.expression).constant
    if not isinstance(pattern, str):
        translation.refuse("patterns that are not constant")
    if isinstance(node, exp.ILike):
        source, pattern = _string(translation.dialect.lower(source.sql)), pattern.lower()
    found = _like(translation, source, _pieces(translation, pattern, escape))
    return predicate(f"(NOT {found.sql})") if node.args.get("negate") else found


def _pieces(translation: Translation, pattern: str, escape: str | None) -> list[str | int | None]:
    """Return a pattern as texts, None for any text, and 1 for any character."""
    pieces: list[str | int | None] = []
    characters = iter(pattern)
    for character in characters:
        if character == escape:
            following = next(characters, None)
            if following is None:
                translation.refuse("patterns that end with the escaping character")
            pieces.append(following)
        else:
            pieces.append({"%": None, "_": 1}.get(character, character))
    return pieces


def _like(translation: Translation, source: Term, pieces: Sequence[str | int | None]) -> Term:
    return predicate(translation.dialect.like(source.sql, pieces))


# ---- regular expressions ----


@translates(exp.RegexpFullMatch, knows="this expression options")
def full_match(translation: Translation, node: exp.Expr) -> Term:
    """Return whether the whole text matches a regular expression."""
    return _matches(translation, node, node.args.get("options"), whole=True)


@translates_function("regexp_full_match")
def full_match_call(translation: Translation, arguments: Sequence[exp.Expr]) -> Term:
    """Return whether the whole text matches a regular expression."""
    source, pattern, *options = arguments
    node = exp.RegexpFullMatch(this=source, expression=pattern)
    return _matches(translation, node, options[0] if options else None, whole=True)


@translates(exp.RegexpLike, knows="this expression flag")
def search(translation: Translation, node: exp.Expr) -> Term:
    """Return whether a part of the text matches a regular expression."""
    return _matches(translation, node, node.args.get("flag"), whole=False)


def _matches(translation: Translation, node: exp.Expr, options: exp.Expr | None, *, whole: bool) -> Term:
    source, pattern = text_term(translation, node.this), text_term(translation, node.expression).constant
    flags = "" if options is None else text_term(translation, options).constant
    if not isinstance(pattern, str) or not isinstance(flags, str):
        translation.refuse("regular expressions that are not constant")
    return predicate(matched(translation, source.sql, pattern, flags, whole=whole))


def matched(translation: Translation, source: str, pattern: str, flags: str = "", *, whole: bool = True) -> str:
    """Return whether a text matches a regular expression of RE2's syntax."""
    try:
        tree = parse(pattern, flags)
    except PatternError as refused:
        translation.refuse(str(refused))
    return translation.dialect.matched(source, tree, whole=whole)
