"""Facts of some of the rows: taken of one sample, after the facts of all rows, which tell how large it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.measuring import measure
from airflow_mlquality.errors import EngineError, LostError
from airflow_mlquality.measurements import Groups, RowCount, Sampled, SampledFact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from airflow_mlquality.engines.engine import Engine, Table
    from airflow_mlquality.measurements import Measurement

    Facts = tuple[dict[Measurement[Any], Any], dict[Measurement[Any], str]]

WIDEST = 200
"""Columns of a sample; the same rows are taken of more columns in turn, so that it stays small."""


def measured_with_samples(engine: Engine, table: Table, wanted: Sequence[Measurement[Any]]) -> Facts:
    """Return the facts of a table, and why one is missing; those of some rows are taken of a sample.

    Engines that do not sample look at all rows, for these facts together with the others. A summary of a column that is
    asked of all rows as well is that one.
    """
    if not engine.samples:
        return measure(engine, table, wanted)
    of_some, of_all = _apart(wanted)
    facts, failures = _with_samples(engine, table, of_all, of_some) if of_some else measure(engine, table, of_all)
    for each in wanted:
        if isinstance(each, Sampled) and each not in of_some:
            of, rows = each.of.question(), facts.get(RowCount())
            if of in facts and rows is not None:
                facts[each.question()] = SampledFact(rows, rows, facts[of])
            else:
                failures[each.question()] = failures.get(of) or failures.get(RowCount(), "")
    return facts, failures


def _apart(wanted: Sequence[Measurement[Any]]) -> tuple[list[Sampled], list[Measurement[Any]]]:
    """Return what is to be taken of some rows, and what of all.

    Groups are taken of some rows though they are asked of all too: checks hold them against others of the same rows.
    """
    of_all = [each for each in wanted if not isinstance(each, Sampled)]
    sampled = [each for each in wanted if isinstance(each, Sampled)]
    known = {each.question() for each in of_all}
    of_some = [each for each in sampled if isinstance(each.of, Groups) or each.of.question() not in known]
    return of_some, of_all if len(of_some) == len(sampled) else list(dict.fromkeys((RowCount(), *of_all)))


def _with_samples(
    engine: Engine, table: Table, of_all: Sequence[Measurement[Any]], of_some: Sequence[Sampled]
) -> Facts:
    first, *later = _batches(of_some)
    with engine.sampled(table, _columns(first)) as sample:
        facts, failures = measure(engine, table, dict.fromkeys((RowCount(), *of_all)))
        rows = facts.get(RowCount())
        found = [_of_sample(engine, table, first, sample, rows)]
    for batch in later:
        with engine.sampled(table, _columns(batch)) as sample:
            found.append(_of_sample(engine, table, batch, sample, rows))
    for more, lost in found:
        facts |= more
        failures |= lost
    return facts, failures


def _of_sample(
    engine: Engine, table: Table, wanted: Sequence[Sampled], sample: Callable[[int], Table], rows: int | None
) -> Facts:
    """Return facts of a sample; of all rows where none can be taken: a broken column costs no other one its fact."""
    if rows is None:
        return measure(engine, table, wanted)
    try:
        some = sample(rows)
    except LostError:
        raise
    except EngineError:
        return measure(engine, table, wanted)
    facts, failures = measure(engine, some, wanted)
    return {each: replace(fact, rows=max(rows, fact.looked_at)) for each, fact in facts.items()}, failures


def _columns(wanted: Sequence[Sampled]) -> list[str]:
    return sorted({name for each in wanted for name in each.columns()})


def _batches(wanted: Sequence[Sampled]) -> Iterator[list[Sampled]]:
    """Return measurements together that read no more than so many columns."""
    batch: list[Sampled] = []
    columns: set[str] = set()
    for each in wanted:
        if batch and len(columns.union(each.columns())) > WIDEST:
            yield batch
            batch, columns = [], set()
        batch.append(each)
        columns.update(each.columns())
    if batch:
        yield batch
