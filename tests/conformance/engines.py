"""Where the hard tables lie: the same rows in memory, in files, and in every engine that tests can start."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow.parquet as pq
from sqlglot import exp

from airflow_mlquality.checks.admission import admit
from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.measuring import measure
from airflow_mlquality.engines.opening import engine_for
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.measurements import RowsWhere, Schema, sql
from airflow_mlquality.measurements.counts import RELATED_PREFIX, STAGE
from tests.conformance import rules, tables
from tests.conformance.gaps import GAPS, Gaps
from tests.conformance.questions import Question, questions
from tests.conformance.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa

    from tests.conformance.tables import HardTable

WIDTH = 1_500
"""Columns of the wide table; DuckDB's has twice as many."""


@dataclass(frozen=True)
class Asked:
    """What an engine was asked about a table, and what it said.

    Parameters
    ----------
    rows
        As the engine holds them, for the oracle.
    questions
        What was asked.
    schema, facts, failures
        What it said.
    """

    rows: Rows
    questions: tuple[Question, ...]
    schema: Schema
    facts: Mapping[Question, Any]
    failures: Mapping[Question, str]

    def answer(self, question: Question) -> Any:
        """Return the fact, or the reason why there is none."""
        key = question.question()
        return self.facts[key] if key in self.facts else f"failed: {self.failures[key]}"


@cache
def conditions(rule: str) -> dict[str, str]:
    """Return the condition of a rule, and the one of a row that breaks it, by how each is called."""
    admitted = admit(rule)
    return {"holds": sql.text(admitted), "is broken": sql.text(exp.not_(exp.paren(admitted.copy())))}


def _predicates() -> dict[str, rules.Predicate]:
    """Return what each condition means, by its text."""
    found: dict[str, rules.Predicate] = {}
    for rule, meaning in rules.RULES.items():
        texts = conditions(rule)
        found[texts["holds"]] = meaning
        found[texts["is broken"]] = lambda row, meaning=meaning: meaning(row) is False
    return found


PREDICATES = _predicates()


def hard_tables(width: int) -> dict[str, HardTable]:
    """Return every hard table."""
    from tests.conformance.tables import HardTable

    everything = tables.values()
    return {
        each.name: each
        for each in (
            HardTable("values", everything),
            HardTable("no_rows", everything.slice(0, 0)),
            HardTable("one_row", everything.slice(1, 1)),
            HardTable("all_null", tables.all_null()),
            HardTable("ties", tables.ties()),
            tables.keys(),
            HardTable("names", tables.names()),
            HardTable("wide", tables.wide(width)),
            rules.table(),
        )
    }


TABLES = tuple(hard_tables(1))


class Place(ABC):
    """Somewhere rows can lie, with an engine that measures them there."""

    name: ClassVar[str]
    width: ClassVar[int] = WIDTH

    def __init__(self) -> None:
        self._asked: dict[str, Asked] = {}

    @property
    def gaps(self) -> Gaps:
        """What it cannot hold or say."""
        return GAPS[self.name]

    @cached_property
    def tables(self) -> dict[str, HardTable]:
        """The hard tables as they can be held here."""
        return {
            name: replace(
                each,
                rows=self.gaps.held(each.rows),
                related={to: self.gaps.held(rows) for to, rows in each.related.items()},
            )
            for name, each in hard_tables(self.width).items()
        }

    @property
    def rules(self) -> list[str]:
        """The conditions whose columns it has."""
        held = set(self.tables["rules"].rows.column_names)
        return [rule for rule in rules.RULES if set(RowsWhere(conditions(rule)["holds"]).columns()) <= held]

    @abstractmethod
    def source(self, name: str, rows: pa.Table) -> Any:
        """Put rows here under a name, and return where they lie."""

    @contextmanager
    def quick(self) -> Iterator[None]:
        """Measure with less ado, where there is some that does not matter."""
        yield

    def close(self) -> None:  # noqa: B027  most have nothing to give back
        """Give everything back."""

    def asked(self, name: str) -> Asked:
        """Return everything that there is to ask about a hard table, and what the engine said; asked once."""
        if name not in self._asked:
            self._asked[name] = self._ask(self.tables[name])
        return self._asked[name]

    def _ask(self, table: HardTable) -> Asked:
        lacks = set(self.gaps.values)
        rows = Rows(
            self.gaps.known(table.rows),
            table.related,
            PREDICATES,
            has_nan=not lacks & {"nan", "non_finite"},
            has_infinity="non_finite" not in lacks,
            is_dynamic="dynamic" in lacks,
        )
        if table.name == "rules":
            wanted: list[Question] = [RowsWhere(text) for rule in self.rules for text in conditions(rule).values()]
        else:
            wanted = questions(table, rows, every=table.name not in ("wide", "names"))
        source = self.source(table.name, table.rows)
        related = {to: self.source(f"{table.name}_{to}", held) for to, held in table.related.items()}
        with engine_for(source, Settings()) as engine:
            opened = engine.open(STAGE, source, Reading())
            for to, each in related.items():
                engine.open(RELATED_PREFIX + to, each, Reading())
            facts, failures = measure(engine, opened, wanted)
        return Asked(rows, tuple(wanted), opened.schema, facts, failures)


class Memory(Place):
    """DuckDB over Arrow in memory."""

    name = "memory"
    width = 2 * WIDTH

    def source(self, name: str, rows: pa.Table) -> Any:  # noqa: ARG002  memory has no names
        """Return the rows."""
        return rows


class Files(Place):
    """DuckDB over Parquet that Arrow wrote: its footers leave NaN out."""

    name = "files"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def source(self, name: str, rows: pa.Table) -> Any:
        """Write a file."""
        path = self._folder / f"{name}.parquet"
        pq.write_table(rows, path, row_group_size=50)
        return path
