"""What most engines have in common: the translation of trees, and SQL as the standard has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from airflow_mlquality.engines.dialects.base import Alone, Dialect, Form, Inline, UnavailableError, only
from airflow_mlquality.engines.dialects.grouping import grouped_rows
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
from airflow_mlquality.engines.dialects.types import bare, logical_type
from airflow_mlquality.measurements import Column, LogicalType, Schema, sql

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        if isinstance(tree, sql.NeighbourPairs):
            translation.refuse("comparisons of a row with the one before it")
        if isinstance(tree, sql.DistinctValues):
            tree = exp.Count(this=exp.Distinct(expressions=[tree.this]))
        if isinstance(tree, exp.CountIf) and tree.find(exp.Query) is not None:
            return Alone(translation.condition(tree.this))
        return Inline((translation.term(tree).sql,), only)

    def _groups(self, tree: exp.Expr, schema: Schema, relations: Mapping[str, str]) -> Form:
        def texts(expression: exp.Expr, columns: Schema) -> tuple[str, LogicalType]:
            translation = Translation(self, columns, relations)
            term = translation.term(expression)
            if term.type is LogicalType.BOOLEAN:
                translation.refuse("groups that a condition tells; a CASE makes texts or numbers of it")
            return self.ordered_text(term.sql) if term.type is LogicalType.STRING else term.sql, term.type

        def condition(expression: exp.Expr, columns: Schema) -> str:
            return Translation(self, columns, relations).condition(expression)

        return grouped_rows(self, tree, schema, texts, condition)

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

    def in_query(self, translation: Translation, node: exp.Expr) -> Term:
        """Return whether a value occurs in a column of another table; the value is not NULL."""
        value = self.comparable(translation.term(node.this))
        select = node.args["query"].find(exp.Select)
        relation = translation.relations[select.find(exp.Table).name]
        known = self.comparable(self.column(Column(select.expressions[0].name, value.type)))
        if value.type is LogicalType.FLOAT and self.nan_is_unordered:
            translation.refuse("look-ups of floats in another table")
        return predicate(self.occurs(value.sql, known.sql, relation))

    def occurs(self, value: str, known: str, relation: str) -> str:
        """Return whether a value is in an expression over another relation."""
        return f"(EXISTS (SELECT 1 FROM (SELECT {known} AS mlq_known FROM {relation}) known WHERE mlq_known = {value}))"
