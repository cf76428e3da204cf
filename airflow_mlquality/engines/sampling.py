"""Facts of some of the rows: taken of one sample, after the facts of all rows, which tell how large it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.measuring import measure
from airflow_mlquality.errors import EngineError, LostError
from airflow_mlquality.measurements import RowCount, Sampled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from airflow_mlquality.engines.engine import Engine, Table
    from airflow_mlquality.measurements import Measurement

    Facts = tuple[dict[Measurement[Any], Any], dict[Measurement[Any], str]]

WIDEST = 200
"""Columns of a sample; the same rows are taken of more columns in turn, so that it stays small."""


def measured_with_samples(engine: Engine, table: Table, wanted: Sequence[Measurement[Any]]) -> Facts:
    """Return the facts of a table, and why one is missing; those of some rows are taken of a sample.

    Engines that do not sample look at all rows, for these facts together with the others.
    """
    of_some = [each for each in wanted if isinstance(each, Sampled)] if engine.samples else []
    of_all = [each for each in wanted if not (engine.samples and isinstance(each, Sampled))]
    if not of_some:
        return measure(engine, table, of_all)
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
