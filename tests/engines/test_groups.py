"""Groups of rows are the same fact on every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.measuring import measure
from airflow_mlquality.engines.opening import engine_for
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.measurements import Groups, Step, in_groups, then
from airflow_mlquality.measurements.counts import STAGE
from tests.conformance.conftest import PLACES

if TYPE_CHECKING:
    from airflow_mlquality.measurements import GroupsFact
    from tests.conformance.engines import Place

ROWS = pa.table({
    "town": ["Ulm", "Ulm", "ulm", "Bonn", "Bonn", "Bonn ", None, None, "ünna", ""],
    "code": pa.array([1, 1, 1, 2, 3, 2, None, 4, 2**53 + 1, 2**53 + 1], pa.int64()),
    "price": [1.5, 2.5, None, 4.0, 0.25, 8.0, 16.0, -1.0, 0.0, 3.5],
    "paid": pa.array([True, False, True, None, True, False, True, True, False, True]),
})  # fmt: skip

FACTS: dict[str, tuple[Groups, list[tuple[Any, ...]]]] = {
    "text, NULL, empty, spaces and case": (
        in_groups(['"town"']),
        [(None, 2), ("Bonn", 2), ("Ulm", 2), ("", 1), ("Bonn ", 1), ("ulm", 1), ("ünna", 1)],
    ),
    "whole numbers": (
        in_groups(['"code"'], 'SUM("price")'),
        [(1, 3, 4.0), (2, 2, 12.0), (2**53 + 1, 2, 3.5), (None, 1, 16.0), (3, 1, 0.25), (4, 1, -1.0)],
    ),
    "text and number": (
        in_groups(['"town"', '"code"'], where='"town" IS NOT NULL AND "code" < 3'),
        [("Ulm", 1, 2), ("Bonn", 2, 1), ("Bonn ", 2, 1), ("ulm", 1, 1)],
    ),
    "extremes, means and different values": (
        in_groups(
            ['"code"'], 'MIN("price")', 'MAX("price")', 'COUNT("price")', 'COUNT(DISTINCT "town")', where='"code" <= 3'
        ),
        [(1, 3, 1.5, 2.5, 2, 2), (2, 2, 4.0, 8.0, 2, 2), (3, 1, 0.25, 0.25, 1, 1)],
    ),
    "extremes of text": (
        in_groups([], 'MIN("town")', 'MAX("town")', where="\"town\" <> ''"),
        [(7, "Bonn", "ünna")],
    ),
    "conditions counted": (
        in_groups(['CASE WHEN "paid" THEN 1 ELSE 0 END'], 'COUNT_IF("price" > 2)'),
        [(1, 6, 2), (0, 4, 3)],
    ),
    "two steps: the largest group of each": (
        then(in_groups(['"town"', '"code"'], where='"town" IS NOT NULL'), ("k0",), "SUM(v0)", "MAX(v0)", "COUNT(*)"),
        [("Bonn", 2, 1, 2), ("Ulm", 2, 2, 1), ("", 1, 1, 1), ("Bonn ", 1, 1, 1), ("ulm", 1, 1, 1), ("ünna", 1, 1, 1)],
    ),
    "three steps: the error of a dependency": (
        then(
            then(in_groups(['"town"', '"code"'], where='"town" IS NOT NULL'), ("k0",), "SUM(v0)", "MAX(v0)"),
            (),
            "SUM(v0)",
            "SUM(v1)",
            "COUNT(*)",
            "COUNT_IF(v1 < v0)",
        ),
        [(8, 7, 6, 1)],
    ),
    "a later step picks groups": (
        then(in_groups(['"code"']), (), "COUNT(*)", where="v0 > 1 AND k0 IS NOT NULL"),
        [(3,)],
    ),
    "distinct keys counted by number": (
        Groups((Step(('"code"',), ('COUNT(DISTINCT "town")',)), Step(("v0",), ("COUNT(*)",)))),
        [(2, 3), (0, 2), (1, 1)],
    ),
    "no row": (in_groups(['"town"'], where='"price" > 1000'), []),
    "no row, one group": (in_groups([], 'SUM("price")', where='"price" > 1000'), [(0, None)]),
}


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest) -> Any:
    """Yield each place where rows can lie."""
    place = PLACES[request.param](request)
    yield place
    place.close()


def fact_of(place: Place, groups: Groups, rows: pa.Table = ROWS) -> GroupsFact:
    """Return the fact that an engine gives."""
    source = place.source("grouped", rows)
    with place.quick(), engine_for(source, Settings()) as engine:
        facts, failures = measure(engine, engine.open(STAGE, source, Reading()), [groups])
    assert failures == {}
    fact: GroupsFact = facts[groups]
    return fact


@pytest.mark.parametrize("name", FACTS)
def test_groups_are_the_same_fact_everywhere(place: Place, name: str) -> None:
    groups, expected = FACTS[name]

    fact = fact_of(place, groups)

    assert list(fact.rows) == expected
    assert fact.is_complete


def test_the_largest_groups_are_kept(place: Place) -> None:
    fact = fact_of(place, in_groups(['"code"'], limit=2))

    assert [row[1] for row in fact.rows] == [3, 2]
    assert not fact.is_complete
