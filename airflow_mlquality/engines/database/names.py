"""Names and queries that a person wrote, as SQL that can do nothing else than give rows."""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlglot import TokenType, exp, parse, tokenize
from sqlglot.errors import SqlglotError

from airflow_mlquality.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from airflow_mlquality.engines.dialects.base import Dialect

FOLDING = frozenset({"snowflake", "oracle"})
"""Dialects whose databases read a name without quotes in upper case."""

_PART = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')
MOST_PARTS = 3


def parts_of(table: str, label: str) -> tuple[str, ...]:
    """Return the parts of a table's name; a part in double quotes may hold dots.

    Raises
    ------
    SourceError
        When no table can have that name.

    Examples
    --------
    >>> parts_of("analytics.orders", ""), parts_of('"a.b"', "")
    (('analytics', 'orders'), ('a.b',))
    """
    parts, at = [], 0
    while part := _PART.match(table, at):
        parts.append(part[1].replace('""', '"') if part[1] is not None else part[2])
        at = part.end()
        if at == len(table) and len(parts) <= MOST_PARTS:
            return tuple(parts)
        if table[at : at + 1] != ".":
            break
        at += 1
    raise SourceError.wrong_table_name(label, table)


def folded(table: str, parts: Iterable[str], dialect: Dialect) -> tuple[str, ...]:
    """Return the parts as the database keeps them; one in lower case and without quotes means the upper case there."""
    if dialect.name not in FOLDING or '"' in table:
        return tuple(parts)
    return tuple(part.upper() if part == part.lower() else part for part in parts)


def shown_as(names: Iterable[str], dialect: Dialect) -> dict[str, str]:
    """Return under which name each column is known; where names are folded to upper case, in lower case.

    A name that is not all upper case was chosen, and stays; so does one whose lower case is taken.
    """
    names = list(names)
    if dialect.name not in FOLDING:
        return {name: name for name in names}
    return {name: name.lower() if name == name.upper() and name.lower() not in names else name for name in names}


_WRITES = (
    exp.DML,
    exp.DDL,
    exp.Command,
    exp.Drop,
    exp.Alter,
    exp.Set,
    exp.Use,
    exp.Pragma,
    exp.Into,
    exp.Lock,
    exp.TruncateTable,
    exp.Transaction,
    exp.Commit,
    exp.Rollback,
    exp.Kill,
)
"""What is no part of a query that only reads."""


def one_select(query: str, dialect: Dialect, label: str) -> str:
    """Return a query as it stands behind FROM.

    Raises
    ------
    SourceError
        When it is anything else than one SELECT.
    """
    text = re.sub(r"[;\s]+\Z", "", query)
    if re.search(r"/\*M?!", text):
        raise SourceError.not_one_select(label, "has a comment that MySQL runs")
    try:
        with _quiet():
            statements = [each for each in parse(text, dialect=dialect.name) if each is not None]
            semicolon = any(token.token_type is TokenType.SEMICOLON for token in tokenize(text, dialect=dialect.name))
    except SqlglotError:
        raise SourceError.not_one_select(label, f"cannot be read as SQL of {dialect.title}") from None
    if semicolon or len(statements) != 1:
        raise SourceError.not_one_select(label, f"has {len(statements)} statements")
    (tree,) = statements
    if not isinstance(tree, exp.Query):
        raise SourceError.not_one_select(label, f"is a statement of kind {tree.key.upper()}")
    written = next((each for each in tree.walk() if isinstance(each, _WRITES)), None)
    if written is not None:
        raise SourceError.not_one_select(label, f"has a part of kind {written.key.upper()}")
    return f"(\n{text}\n) mlquality_query"  # the new line ends a comment that the query ends with


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the parser from logging what it cannot read: that is the query, and may hold values."""
    log = logging.getLogger("sqlglot")
    was, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = was
