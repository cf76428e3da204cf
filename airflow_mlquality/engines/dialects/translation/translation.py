"""Walking a tree of `measurements.sql` and writing it in the SQL of an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from sqlglot import exp

from airflow_mlquality.engines.dialects.base import UnavailableError
from airflow_mlquality.engines.dialects.translation.terms import Term
from airflow_mlquality.measurements import LogicalType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from airflow_mlquality.engines.dialects.portable import Portable
    from airflow_mlquality.measurements import Schema

    Translator = Callable[["Translation", exp.Expr], Term]
    BinaryTranslator = Callable[["Translation", Term, Term], Term]

_TRANSLATORS: dict[type[exp.Expr], tuple[Translator, frozenset[str]]] = {}
_BINARIES: dict[type[exp.Expr], BinaryTranslator] = {}
_FUNCTIONS: dict[str, Callable[[Translation, Sequence[exp.Expr]], Term]] = {}
_IGNORED = frozenset({"typed", "safe", "coalesce", "_type", "date_part_boundary", "ignore_nulls", "nested", "copy"})
"""Arguments in which the parser notes what the dialect of `measurements.sql` always means."""


def translates(*kinds: type[exp.Expr], knows: str = "this expression") -> Callable[[Translator], Translator]:
    """Register a function for nodes; one with an argument that it does not know is refused."""

    def register(translator: Translator) -> Translator:
        for kind in kinds:
            _TRANSLATORS[kind] = (translator, frozenset(knows.split()) | _IGNORED)
        return translator

    return register


def translates_binary(*kinds: type[exp.Expr]) -> Callable[[BinaryTranslator], BinaryTranslator]:
    """Register a function for operators of two terms."""

    def register(translator: BinaryTranslator) -> BinaryTranslator:
        for kind in kinds:
            _BINARIES[kind] = translator
        return translator

    return register


def translates_function(
    *names: str,
) -> Callable[[Callable[[Translation, Sequence[exp.Expr]], Term]], Callable[[Translation, Sequence[exp.Expr]], Term]]:
    """Register a function for calls that the parser has no node for."""

    def register(
        translator: Callable[[Translation, Sequence[exp.Expr]], Term],
    ) -> Callable[[Translation, Sequence[exp.Expr]], Term]:
        for name in names:
            _FUNCTIONS[name] = translator
        return translator

    return register


class Translation:
    """One tree on its way into the SQL of one dialect.

    Parameters
    ----------
    dialect
        The engine's.
    schema
        Columns that the tree may name.
    relations
        SQL of the other tables that it may name.
    """

    def __init__(self, dialect: Portable, schema: Schema, relations: Mapping[str, str]) -> None:
        self.dialect = dialect
        self.schema = schema
        self.relations = relations

    def term(self, node: exp.Expr) -> Term:
        """Return the SQL of a node. A long chain of operators is no deep recursion."""
        spine = []
        while type(node) in _BINARIES:
            if set(_given(node)) - {"this", "expression"} - _IGNORED:
                self.refuse_node(node)
            spine.append(node)
            node = node.this
        term = self._single(node)
        for each in reversed(spine):
            term = self._checked(_BINARIES[type(each)](self, term, self.term(each.expression)))
        return term

    def _single(self, node: exp.Expr) -> Term:
        if isinstance(node, exp.Anonymous):
            function = _FUNCTIONS.get(str(node.this).lower())
            if function is None:
                self.refuse_node(node)
            return self._checked(function(self, node.expressions))
        translator, known = _TRANSLATORS.get(type(node), (None, frozenset()))
        if translator is None or set(_given(node)) - known:
            self.refuse_node(node)
        return self._checked(translator(self, node))

    def _checked(self, term: Term) -> Term:
        if len(term.sql) > self.dialect.longest:
            self.refuse("expressions of that length")
        return term

    def condition(self, node: exp.Expr) -> str:
        """Return the SQL of a node that is true or false, as a condition."""
        return self.as_condition(self.term(node))

    def as_condition(self, term: Term) -> str:
        """Return a term as a condition."""
        if term.type is LogicalType.NULL:
            return "(1 = NULL)" if not self.dialect.has_booleans else "NULL"
        if term.type is not LogicalType.BOOLEAN:
            self.refuse(f"conditions that are of type {term.type.value}")
        return term.sql if self.dialect.has_booleans or term.is_predicate else f"({term.sql} = 1)"

    def as_value(self, term: Term) -> str:
        """Return a term as a value."""
        if self.dialect.has_booleans or not term.is_predicate:
            return term.sql
        return f"(CASE WHEN {term.sql} THEN 1 WHEN NOT ({term.sql}) THEN 0 END)"

    def refuse_node(self, node: exp.Expr) -> NoReturn:
        """Raise for a node that has no known form."""
        name = str(node.this) if isinstance(node, exp.Anonymous) else type(node).__name__
        self.refuse(f"calls of '{name.lower()}' with these arguments")

    def refuse(self, what: str) -> NoReturn:
        """Raise; `what` is a plural."""
        raise UnavailableError.of(what, self.dialect.title)


def _given(node: exp.Expr) -> list[str]:
    return [name for name, value in node.args.items() if value is not None and value is not False and value != []]
