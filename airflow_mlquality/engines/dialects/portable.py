"""What most engines have in common: the translation of trees, and SQL as the standard has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from airflow_mlquality.engines.dialects.base import Alone, Dialect, Form, Inline, UnavailableError, only
from airflow_mlquality.engines.dialects.grouping import grouped_rows
from airflow_mlquality.engines.dialects.neighbours import neighbour_pairs
from airflow_mlquality.engines.dialects.places import Places
from airflow_mlquality.engines.dialects.readers import Readers
from airflow_mlquality.engines.dialects.spelling import Spelling
from airflow_mlquality.engines.dialects.translation import (
    casts,
    comparisons,
    constants,
    counting,
    logic,
    numbers,
    text,
    times,
)
from airflow_mlquality.engines.dialects.translation.terms import Term, predicate
from airflow_mlquality.engines.dialects.translation.translation import Translation
from airflow_mlquality.engines.dialects.types import bare, logical_type, nested_type
from airflow_mlquality.measurements import Column, DataType, LogicalType, Schema, sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VOCABULARY = (casts, comparisons, constants, counting, logic, numbers, text, times)
"""Modules that say what is understood."""


class Portable(Places, Readers, Spelling, Dialect):
    """An engine that is asked in its own SQL, by a translation that is closed.

    Where the SQL of an engine differs, its class says how: `spelling` has the words, `readers` reads text as numbers
    and times, `places` counts rows per bin or value.
    """

    def form(self, tree: exp.Expr, schema: Schema, relations: Mapping[str, str]) -> Form:
        """Ask counts of places grouped where that is cheaper, counts with a sub-query alone, all else inline."""
        translation = Translation(self, schema, relations)
        if isinstance(tree, sql.CountsInBins):
            return self.counts_in_bins(translation, tree)
        if isinstance(tree, sql.CountsOfValues):
            return self.counts_of_values(translation, tree)
        if isinstance(tree, sql.GroupedRows):
            return self._groups(tree, schema, relations)
        if isinstance(tree, sql.SampledRows):
            translation.refuse("samples of rows")
        if isinstance(tree, sql.NeighbourPairs):
            return neighbour_pairs(self, tree, lambda each: self._grouped(translation, each)[0])
        if isinstance(tree, sql.DistinctValues):
            tree = exp.Count(this=exp.Distinct(expressions=[tree.this]))
        if isinstance(tree, exp.CountIf) and tree.find(exp.Query) is not None:
            return Alone(translation.condition(tree.this))
        return Inline((translation.term(tree).sql,), only)

    def _groups(self, tree: exp.Expr, schema: Schema, relations: Mapping[str, str]) -> Form:
        def texts(expression: exp.Expr, columns: Schema) -> tuple[str, LogicalType]:
            return self._grouped(Translation(self, columns, relations), expression)

        def condition(expression: exp.Expr, columns: Schema) -> str:
            return Translation(self, columns, relations).condition(expression)

        return grouped_rows(self, tree, schema, texts, condition)

    def _grouped(self, translation: Translation, expression: exp.Expr) -> tuple[str, LogicalType]:
        """Return what tells a group, or what is said of it, and its type; what is true or false is 1 or 0."""
        term = translation.term(expression)
        if term.type is LogicalType.BOOLEAN:
            condition = translation.as_condition(term)
            return f"(CASE WHEN {condition} THEN 1 WHEN NOT ({condition}) THEN 0 END)", term.type
        return self.ordered_text(term.sql) if term.type is LogicalType.STRING else term.sql, term.type

    def truth(self, number: str) -> str:
        """Return a number, 1 or 0, as a value of a column of what is true or false."""
        return super().truth(number) if self.has_booleans else number

    def scalar(self, tree: exp.Expr, schema: Schema, relations: Mapping[str, str] | None = None) -> str:
        """Return the SQL of an expression over one row; text is ordered by code point."""
        term = Translation(self, schema, relations or {}).term(tree)
        return self.ordered_text(term.sql) if term.type is LogicalType.STRING else term.sql

    def column(self, column: Column) -> Term:
        """Return a column as a term."""
        if column.type is LogicalType.DURATION:
            return Term(self.duration_micros(column), column.type)
        is_float = column.type is LogicalType.FLOAT
        return Term(
            self.column_sql(column),
            column.type,
            may_be_nan=is_float and self.has_nan,
            is_single=is_float and bare(column.native) in self.singles,
        )

    def duration_micros(self, column: Column) -> str:
        """Return a duration as microseconds; a month has 30 days."""
        raise UnavailableError.of(f"{column.type.value} values", self.title)

    def text_of(self, column: Column) -> str:
        """Return a value as text, as the translation has it where it has it, else as the engine does."""
        translation = Translation(self, Schema((column,)), {})
        try:
            if column.type is LogicalType.TIMESTAMP_TZ:
                return self.instant_as_text(self.column(column))
            return casts.as_text(translation, self.column(column)).sql
        except UnavailableError:
            return self.shown(self.quoted(column.name))

    def logical_type(self, native: str) -> LogicalType:
        """Return the logical type of a type of the engine."""
        return logical_type(native, self.name, self.types)

    def data_type(self, native: str) -> DataType:
        """Return the same with its parts, as far as the engine's word tells them."""
        return nested_type(native, self.name, self.logical_type)

    def in_query(self, translation: Translation, node: exp.Expr) -> Term:
        """Return whether a value, or a row of some, occurs in another table; none of them is NULL.

        A sub-query that groups by what it looks for, `HAVING COUNT(*) > 1`, finds what occurs more than once.
        """
        select = node.args["query"].find(exp.Select)
        relation = translation.relations[select.find(exp.Table).name]
        sought, others = _parts(node.this), _parts(select.expressions[0])
        values = [self._looked_up(translation, each) for each in sought]
        schema = translation.schema
        if len(sought) == 1:
            schema = Schema((Column(others[0].name, translation.term(sought[0]).type),))
        there = Translation(self, schema, translation.relations)
        known = [self._looked_up(there, each).sql for each in others]
        if select.args.get("group") is not None:
            known, relation = self._repeated(translation, select, known, relation)
        return predicate(self.occurs([value.sql for value in values], known, relation))

    def _looked_up(self, translation: Translation, node: exp.Expr) -> Term:
        """Return a value as it is compared with that of another table; what is true or false is 1 or 0."""
        term = self.comparable(translation.term(node))
        if term.type is LogicalType.FLOAT and self.nan_is_unordered:
            translation.refuse("look-ups of floats in another table")
        if term.type is LogicalType.BOOLEAN:
            return Term(self._grouped(translation, node)[0], LogicalType.INTEGER)
        return term

    def _repeated(
        self, translation: Translation, select: exp.Select, known: list[str], relation: str
    ) -> tuple[list[str], str]:
        """Return the values that occur more than once, and the relation that holds them."""
        having = select.args.get("having")
        if having is None or having.this.sql() != "COUNT(*) > 1":
            translation.refuse("sub-queries with other groups")
        names = [f"mlq_repeated{place}" for place in range(len(known))]
        selected = ", ".join(f"MIN({value}) AS {name}" for value, name in zip(known, names, strict=True))
        groups = ", ".join(self.group_key(value) for value in known)
        return names, f"(SELECT {selected} FROM {relation} GROUP BY {groups} HAVING COUNT(*) > 1) repeated"

    def occurs(self, values: Sequence[str], known: Sequence[str], relation: str) -> str:
        """Return whether values are together in expressions over another relation."""
        names = [f"mlq_known{place}" for place in range(len(known))]
        selected = ", ".join(f"{value} AS {name}" for value, name in zip(known, names, strict=True))
        equal = " AND ".join(f"{name} = {value}" for name, value in zip(names, values, strict=True))
        return f"(EXISTS (SELECT 1 FROM (SELECT {selected} FROM {relation}) known WHERE {equal}))"


def _parts(node: exp.Expr) -> list[exp.Expr]:
    """Return the values of a row, or the one value that it is."""
    is_row = isinstance(node, exp.Anonymous) and str(node.this).lower() == "row"
    return list(node.expressions) if is_row else [node]
