"""The whole story of a quarantine: a contract and rows in, good rows and bad rows out, and what was lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_mlquality.contract import Contract
from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.opening import engine_for
from airflow_mlquality.engines.plan import plan
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.engines.sources import Database, SparkSource, is_frame, is_spark_frame, label_of
from airflow_mlquality.engines.wholeness import measured
from airflow_mlquality.errors import SourceError, UsageError
from airflow_mlquality.measurements.counts import RELATED_PREFIX
from airflow_mlquality.quarantine.result import Quarantined
from airflow_mlquality.quarantine.splitting import split_by

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from airflow_mlquality.engines.embedded.connection import Embedded
    from airflow_mlquality.engines.embedded.tables import LocatedTable
    from airflow_mlquality.engines.engine import Engine, Table
    from airflow_mlquality.quarantine.result import Lost
    from airflow_mlquality.quarantine.splitting import Split

CEILING = 0.1
"""Share of lost rows above which nothing is written, unless another is given.

What is kept differs from what came by at most the lost share: no proportion of any class or value among the kept rows
is further from that among all rows. Up to a tenth that is less than what `drift` warns of; beyond it a whole class, day
or shop may be gone, and so many rows rarely break by themselves: a unit, a format or a join did.
"""
REASON_COLUMN = "quarantine_reasons"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a quarantine was asked for.

    Parameters
    ----------
    agreed, source, good, bad, ceiling, checks, reason_column, environment, sources
        See `quarantine`.
    reading
        How the source is read.
    moment
        For which ages are counted.
    """

    agreed: Contract
    source: Any
    good: Any
    bad: Any
    ceiling: float
    checks: Collection[str] | None
    reason_column: str
    environment: str
    sources: Mapping[str, Any]
    reading: Reading
    moment: datetime

    def split(self, table: Table) -> Split:
        """Return by what the rows of a table are put apart.

        Raises
        ------
        SourceError
            When files of it cannot be read: their rows would be lost without a count.
        UsageError
            When the reason column would take the place of another.
        """
        if table.broken:
            raise SourceError.partly_readable(table.label, table.broken)
        if self.reason_column in table.schema:
            raise UsageError.column_taken(table.label, self.reason_column)
        standing = plan(self.agreed.checks_for(self.environment), table.schema, self.moment).checks
        return split_by(standing, table, self.moment, self.agreed.policy, self.checks, self.ceiling)

    def open_related(self, engine: Engine, split: Split) -> None:
        """Open the other sources that conditions look into.

        Raises
        ------
        SourceError
            When one cannot be read: rows that break such a check would be kept.
        """
        related = {**self.agreed.sources, **self.sources}
        for name in split.sources():
            if name not in related:
                raise SourceError.unnamed(name, related)
            other = engine.open(RELATED_PREFIX + name, related[name], Reading())
            if other.broken:
                raise SourceError.partly_readable(other.label, other.broken)

    def found(self, table: Table, split: Split) -> Quarantined:
        """Return what is known before a row is read; it is stopped where checks mean nothing on the columns."""
        return Quarantined(
            contract=self.agreed.name,
            digest=self.agreed.digest,
            source=table.label,
            good=label_of(self.good) if self.good is not None else "",
            bad=label_of(self.bad) if self.bad is not None else "",
            not_used=split.not_used,
            ceiling=self.ceiling,
            stopped="; ".join(split.impossible.values()),
        )

    def counted(
        self, found: Quarantined, rows: int, lost: int, reasons: Mapping[str, Lost], absent: str = ""
    ) -> Quarantined:
        """Return what was counted; it is stopped where too much would be lost, or nothing is there."""
        result = replace(found, rows=rows, kept=rows - lost, lost=lost, reasons=reasons)
        if rows == 0 and not self.agreed.allow_empty:
            why = f"the source has no rows{f': {absent}' if absent else ''}"
            return replace(result, stopped=f"{why}. Nothing was written")
        if result.lost_share > self.ceiling:
            most = max(reasons, key=lambda name: reasons[name].rows)
            why = (
                f"{lost:,} of {rows:,} rows ({100 * result.lost_share:.2f} %) would be lost, above the ceiling of "
                f"{100 * self.ceiling:g} %; most break {most} ({reasons[most].rows:,}). Nothing was written"
            )
            return replace(result, stopped=why)
        return result


def quarantine(  # noqa: PLR0913  each is one independent, named option
    contract: Any,
    source: Any,
    good: Any = None,
    bad: Any = None,
    *,
    ceiling: float = CEILING,
    checks: Collection[str] | None = None,
    reason_column: str = REASON_COLUMN,
    environment: str = "",
    partition: Mapping[str, str] | None = None,
    sources: Mapping[str, Any] | None = None,
    as_of: datetime | None = None,
    settings: Settings | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Quarantined:
    """Put the rows that keep a contract and those that do not apart, and count what is lost by reason.

    A row is lost when it breaks a check that single rows show: levels judge a stage, the condition judges a row. But
    where a check allows more such rows than the ceiling allows to lose, they are common by the contract's own word, and
    it is not used; nor are `null_share` and labels' `missing_share` with a level above zero, by which values may well
    be missing. Any of these is used when `checks` names it. A row that a check does not judge, because a value is NULL,
    does not break it. Of rows that repeat the key of `unique`, or all columns of `duplicate_rows`, the first is kept:
    the first that breaks nothing else, by file and number; in a database any.

    All is written or nothing. A run that is repeated replaces what it wrote, see `outlets` and `databases`.

    Parameters
    ----------
    contract, source, environment, partition, sources, as_of, settings, on_progress
        As for `audit`; the source is no profile. Of a `Database`, one of PostgreSQL, MySQL, MariaDB or SQLite.
    good, bad
        Where rows go: paths or URLs, a file when it ends in `.parquet`, else a folder, partitioned as the source is. Of
        a `Database`, names of its tables. For a DataFrame of pandas or polars or an Arrow Table they may be left out;
        then its rows are returned as two such.
    ceiling
        Share of lost rows above which nothing is written.
    checks
        Ids of the checks to use; by default all that single rows show.
    reason_column
        Name of the column of the bad rows that lists the ids of the checks that they break; in a table, text.

    Raises
    ------
    ContractError, UsageError
        When the contract or the call is wrong.
    SourceError, EngineError
        When rows cannot be read, or not be written.

    Examples
    --------
    >>> import pyarrow as pa
    >>> contract = {"version": 1, "contract": "people", "columns": {"age": {"between": {"min": 0, "max": 120}}}}
    >>> people = pa.table({"age": [31, 430, None], "city": ["A", "B", "C"]})
    >>> done = quarantine(contract, people, ceiling=0.5)
    >>> print(done.headline())
    people: 2 of 3 rows kept, 1 lost (33.33 %)
    >>> done.bad_rows.to_pylist()
    [{'age': 430, 'city': 'B', 'quarantine_reasons': ['age.between']}]
    >>> print(quarantine(contract, people, ceiling=0.2).stopped)  # doctest: +NORMALIZE_WHITESPACE
    1 of 3 rows (33.33 %) would be lost, above the ceiling of 20 %; most break age.between (1). Nothing was written
    """
    if not 0 <= ceiling <= 1:
        raise UsageError.wrong_share("ceiling", ceiling)
    if (good is None) != (bad is None):
        raise UsageError.one_outlet(*(("bad", "good") if good is None else ("good", "bad")))
    if isinstance(source, SparkSource) or is_spark_frame(source):
        raise UsageError.no_split(label_of(source))
    if good is None and not is_frame(source):
        raise UsageError.no_outlets(label_of(source))
    agreed = Contract.of(contract)
    wanted = Wanted(
        agreed=agreed,
        source=source,
        good=good,
        bad=bad,
        ceiling=ceiling,
        checks=checks,
        reason_column=reason_column,
        environment=environment,
        sources=dict(sources or {}),
        reading=Reading(agreed.declared, agreed.csv, dict(partition or {})),
        moment=as_of or datetime.now(UTC),
    )
    if isinstance(source, Database):
        from airflow_mlquality.quarantine.databases import put_apart_in_database

        return put_apart_in_database(wanted, source)
    with engine_for(source, settings or Settings(), on_progress) as engine:
        return measured(engine, source, wanted.reading, lambda table: _put_apart(engine, table, wanted))  # type: ignore[arg-type]  # it is the embedded one


def _put_apart(engine: Embedded, table: LocatedTable, wanted: Wanted) -> Quarantined:
    from airflow_mlquality.quarantine.embedded import counted, parted

    split = wanted.split(table)
    found = wanted.found(table, split)
    if found.stopped:
        return found
    wanted.open_related(engine, split)
    rows = parted(engine, table, split, wanted.source)
    result = wanted.counted(found, *counted(engine, rows), table.absent)
    if result.stopped:
        return result
    if wanted.good is None:
        from airflow_mlquality.quarantine.frames import apart

        lost = engine.measure(rows.places())
        good, bad = apart(
            wanted.source, [int(place) for place, _ in lost], [each for _, each in lost], wanted.reason_column
        )
        return replace(result, good_rows=good, bad_rows=bad)
    _write(engine, table, wanted, rows, result)
    return result


def _write(engine: Embedded, table: LocatedTable, wanted: Wanted, rows: Any, result: Quarantined) -> None:
    """Write both kinds of rows and put them in place.

    Raises
    ------
    SourceError
        When other rows were written than were counted, or they cannot be put in place.
    """
    from airflow_mlquality.quarantine.embedded import OUTPUT, partition_columns, write
    from airflow_mlquality.quarantine.outlets import Outlets

    outlets = Outlets.of(wanted.good, wanted.bad, engine.scratch)
    outlets.refuse_source(wanted.source)
    by = partition_columns(engine, table)
    with outlets.good as good, outlets.bad as bad:
        selects = ((good, rows.good(), result.kept), (bad, rows.bad(wanted.reason_column), result.lost))
        for outlet, select, expected in selects:
            columns = () if outlet.is_file else by
            target = outlet.target if outlet.is_file or by else outlet.target / f"{OUTPUT}0.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            if write(engine, select, target, columns) != expected:
                raise SourceError.changed(table.label)
        outlets.place()
