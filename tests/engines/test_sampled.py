"""Facts of some of the rows: which rows these are, and that they are those of all rows where these are few."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import CorrelationStable, DependenceStable, SwappedColumns, TextDrift
from airflow_mlquality.contract import Contract
from airflow_mlquality.engines.embedded.connection import Embedded
from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.opening import engine_for
from airflow_mlquality.engines.sampling import WIDEST, measured_with_samples
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.engines.sources import Database
from airflow_mlquality.measurements import (
    CannotMergeError,
    DistinctCount,
    DistinctFact,
    GroupsFact,
    Moments,
    RowCount,
    Sampled,
    SampledFact,
    TextTraits,
    TextTraitsFact,
    in_groups,
)
from airflow_mlquality.profile import merge_all
from airflow_mlquality.taking import take_profile

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 850_000
NEIGHBOURS = 5
WHERE_THEY_LIE = Sampled(in_groups(("i % 5",), "COUNT(DISTINCT i // 5)", "MIN(i)", "MAX(i)"))
DECILES = Sampled(in_groups(("i // 85000",)))
TEXTS = Sampled(TextTraits("s"))
ALL = (RowCount(), WHERE_THEY_LIE, DECILES, TEXTS)


def numbered(first: int = 0, last: int = ROWS) -> pa.Table:
    """Return rows in the order of their number, with a text that most of them have."""
    number = np.arange(first, last)
    texts = pa.array(np.where(number % 7 == 0, "A 1", "b"))
    return pa.table({"i": number, "s": texts, "day": number * 17 // ROWS})


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sampled") / "rows.parquet"
    pq.write_table(numbered(), path, row_group_size=100_000)
    return path


def facts_of(source: Any, threads: int = 2, *wanted: Any, partition: dict[str, str] | None = None) -> list[Any]:
    with engine_for(source, Settings(threads=threads)) as engine:
        table = engine.open("stage", source, Reading(partition=partition or {}))
        facts, failures = measured_with_samples(engine, table, wanted or ALL)
        assert failures == {}
        return [facts[each] for each in wanted or ALL]


def test_one_row_of_every_few_neighbours_is_looked_at(file: Path) -> None:
    rows, places, deciles, texts = facts_of(file)

    assert rows == ROWS
    assert {(fact.looked_at, fact.rows) for fact in (places, deciles, texts)} == {(ROWS // NEIGHBOURS, ROWS)}
    assert sum(distinct for _, _, distinct, _, _ in places.of.rows) == ROWS // NEIGHBOURS  # no block is there twice
    assert [count for _, count in deciles.of.rows] == [ROWS // NEIGHBOURS // 10] * 10


def test_which_of_the_neighbours_it_is_differs_from_place_to_place(file: Path) -> None:
    (places,) = facts_of(file, 2, WHERE_THEY_LIE)

    assert [abs(count / (ROWS // 25) - 1) < 0.02 for _, count, *_ in places.of.rows] == [True] * NEIGHBOURS


def test_what_is_counted_is_what_all_rows_have_but_for_chance(file: Path) -> None:
    (texts,) = facts_of(file, 2, TEXTS)

    assert texts.of.texts == ROWS // NEIGHBOURS
    assert texts.of.traits[1] / texts.of.texts == pytest.approx(1 / 7, abs=0.004)


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_the_same_rows_are_looked_at_on_any_number_of_threads(file: Path, threads: int) -> None:
    assert facts_of(file, threads) == facts_of(file)


@pytest.mark.parametrize("threads", [1, 3])
def test_the_same_rows_of_a_frame_are_looked_at_on_any_number_of_threads(threads: int) -> None:
    frame = numbered()

    found = facts_of(frame, threads)

    assert found == facts_of(frame)
    assert [count for _, count in found[2].of.rows] == [ROWS // NEIGHBOURS // 10] * 10


def test_rows_taken_along_are_those_that_a_scan_of_their_own_takes(file: Path) -> None:
    with Embedded(Settings()) as engine:
        table = engine.open("stage", file, Reading())
        with engine.sampled(table, ["i", "s"]) as sample:
            apart = engine.run(f"SELECT SUM(i), SUM(HASH(i)) FROM {sample(ROWS).relation}")  # noqa: S608  no input
        with engine.sampled(table, ["i", "s"]) as sample:
            (counted,) = engine.aggregates(table, ["COUNT(*)"])
            scans = len(engine.statements)
            along = engine.run(f"SELECT SUM(i), SUM(HASH(i)) FROM {sample(ROWS).relation}")  # noqa: S608  no input

        assert (counted, along, len(engine.statements)) == (ROWS, apart, scans)


def test_a_statement_that_fails_with_the_sample_is_asked_without_it(file: Path) -> None:
    with Embedded(Settings()) as engine:
        table = engine.open("stage", file, Reading())
        with engine.sampled(table, ["no such column"]):
            assert engine.aggregates(table, ["COUNT(*)"]) == (ROWS,)


def test_several_files_are_looked_at_in_their_neighbours(tmp_path: Path) -> None:
    for number, (first, last) in enumerate(((0, 300_000), (300_000, 300_003), (300_003, ROWS))):
        pq.write_table(numbered(first, last), tmp_path / f"{number}.parquet")

    _, places, deciles, _ = facts_of(tmp_path)

    assert places.looked_at == pytest.approx(ROWS // NEIGHBOURS, abs=3)
    assert max(count for _, count in deciles.of.rows) - min(count for _, count in deciles.of.rows) <= 3


def test_of_a_partition_more_neighbours_are_looked_at(file: Path) -> None:
    rows, places, *_ = facts_of(file, partition={"day": "3"})

    assert rows == ROWS // 17
    assert places.is_whole
    assert sum(count for _, count, *_ in places.of.rows) == rows


def test_different_values_of_some_rows_are_counted(file: Path) -> None:
    number, text = Sampled(DistinctCount("i")), Sampled(DistinctCount("s", merges=False))

    found = facts_of(file, 2, number, text)

    looked_at = ROWS // NEIGHBOURS
    assert found == [SampledFact(looked_at, ROWS, DistinctFact(count)) for count in (looked_at, 2)]


@pytest.mark.parametrize("others", [(), (TEXTS,)], ids=["alone", "beside a sample"])
def test_a_summary_that_is_asked_of_all_rows_is_not_taken_of_some(file: Path, others: tuple[Any, ...]) -> None:
    some, whole, *_ = facts_of(file, 2, Sampled(Moments("i")), Moments("i"), *others)

    assert whole.count == ROWS
    assert some == SampledFact(ROWS, ROWS, whole)


def test_groups_are_taken_of_some_rows_though_they_are_asked_of_all(file: Path) -> None:
    some, whole = facts_of(file, 2, DECILES, DECILES.of)

    assert sum(count for _, count in whole.rows) == ROWS
    assert some.looked_at == ROWS // NEIGHBOURS


def test_a_small_table_is_looked_at_whole() -> None:
    assert facts_of(pa.table({"s": ["A 1", None]}), 2, RowCount(), TEXTS, TextTraits("s")) == [
        2,
        SampledFact(2, 2, (plain := facts_of(pa.table({"s": ["A 1", None]}), 2, TextTraits("s"))[0])),
        plain,
    ]


def test_a_database_is_looked_at_whole(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (i INTEGER)")
        connection.executemany("INSERT INTO t VALUES (?)", ((number,) for number in range(200_001)))
    source = Database(connect=lambda: sqlite3.connect(path), dialect="sqlite", table="t")

    (fact,) = facts_of(source, 1, Sampled(in_groups(())))

    assert fact == SampledFact(200_001, 200_001, GroupsFact(((200_001,),)))


def test_many_columns_are_looked_at_in_turn_and_in_the_same_rows() -> None:
    small = pa.array(np.arange(400_000) % 97, pa.int8())
    names = [f"x{at}" for at in range(WIDEST + 1)]
    asked = [Sampled(in_groups((), f"SUM({name})")) for name in names]

    found = facts_of(pa.table(dict.fromkeys(names, small)), 2, *asked)

    assert found == [found[0]] * len(names)
    assert found[0].looked_at == 200_000


def test_facts_of_some_rows_do_not_merge() -> None:
    some = SampledFact(200_000, 1_000_000, TextTraitsFact())
    whole = SampledFact(3, 3, TextTraitsFact(nulls=3))

    with pytest.raises(CannotMergeError) as refused:
        TEXTS.merge(whole, some)

    assert str(refused.value) == (
        "text_traits of s is of 200,000 of 1,000,000 rows, and such a part does not merge; judge the rows of the whole"
    )
    assert TEXTS.merge(whole, whole) == SampledFact(6, 6, TextTraitsFact(nulls=6))


# ---- checks ----


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return a million rows, and the same ones in other orders."""
    folder, random = tmp_path_factory.mktemp("reordered"), np.random.default_rng(7)
    x = random.gamma(2.0, size=1_000_000)
    words = np.array(["a", "b", "c", "D4 e"])[random.integers(0, 4, len(x))]
    rows = {"x": x, "y": x + random.normal(size=len(x)), "t": random.lognormal(size=len(x)), "s": words}
    rows["u"] = np.where(random.random(len(x)) < 0.3, words, np.array(["a", "b"])[random.integers(0, 2, len(x))])
    paths = []
    for number in range(4):
        order = random.permutation(len(x)) if number else np.argsort(x)  # the first in the order of one column
        paths.append(folder / f"{number}.parquet")
        pq.write_table(pa.table({name: values[order] for name, values in rows.items()}), paths[-1])
    return paths


CHECKS = (
    TextDrift(column="s", warn=0.001, fail=0.01),
    TextDrift(column="u", warn=0.001, fail=0.01),
    CorrelationStable(over=["x", "y", "t"], warn=0.001, fail=0.01),
    DependenceStable(pairs=[("s", "u")], warn=0.001, fail=0.02),
    SwappedColumns(),
)


def test_rows_in_another_order_raise_no_alarm(files: list[Path]) -> None:
    contract = Contract(name="same", checks=list(CHECKS))

    verdicts = [each for path in files[1:] for each in audit(contract, path, reference=files[0]).verdicts[1:]]

    assert [each.reason for each in verdicts if each.outcome.value in ("warn", "fail", "error")] == []
    assert len(verdicts) == 3 * 7


def test_reasons_say_how_many_rows_were_looked_at(files: list[Path]) -> None:
    checks = [TextDrift(column="s"), CorrelationStable(over=["x", "y"]), DependenceStable(pairs=[("s", "u")])]

    contract = Contract(name="same", checks=[*checks, SwappedColumns()])
    _, *verdicts = audit(contract, files[1], reference=files[0]).verdicts

    seen = "200,000 of 1,000,000 rows against 200,000 of 1,000,000)"
    assert [seen in verdict.reason for verdict in verdicts] == [True] * 4
    assert [verdict.evidence["current_of"] for verdict in verdicts] == [1_000_000] * 4


def test_a_plain_reference_of_all_rows_is_compared_with_some(files: list[Path]) -> None:
    """A report from before there were samples holds the facts of all rows."""
    checks = [TextDrift(column="s"), CorrelationStable(over=["x", "y"]), SwappedColumns()]
    contract = Contract(name="same", checks=checks)
    before = audit(contract, files[0]).profile
    whole = {each.of: fact.of for each, fact in before.facts.items() if isinstance(each, Sampled)}
    plain = replace(before, facts={RowCount(): before.rows, **whole})

    _, *verdicts = audit(contract, files[1], reference=plain).verdicts

    assert [verdict.outcome.value for verdict in verdicts] == ["pass"] * 3
    assert "(200,000 of 1,000,000 rows against 1,000,000)" in verdicts[0].reason


def test_profiles_of_parts_are_of_all_rows_so_that_they_merge_and_are_judged() -> None:
    checks = [TextDrift(column="s"), CorrelationStable(over=["i", "day"])]
    contract = Contract(name="parts", checks=checks)
    parts = [numbered(0, 300_000), numbered(300_000, ROWS)]

    whole = merge_all([take_profile(part, contract=contract) for part in parts])
    _, *verdicts = audit(contract, whole, reference=whole).verdicts

    assert whole[TextTraits("s")].texts == ROWS
    assert [verdict.outcome.value for verdict in verdicts] == ["pass"] * 2
    assert "(850,000 rows against 850,000)" in verdicts[0].reason
