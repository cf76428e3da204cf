"""Every check on whatever tables hypothesis makes up: a verdict, and the same one again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases import outcomes

SECONDS = st.datetimes(datetime(1700, 1, 1), datetime(2250, 1, 1))  # noqa: DTZ001  a naive time is the case
COLUMNS: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.int64(), st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3)),
    (pa.uint8(), st.integers(0, 255)),
    (pa.float64(), st.floats() | st.sampled_from([0.0, -0.0, 1e308, 5e-324])),
    (pa.float32(), st.floats(width=32)),
    (pa.decimal128(20, 3), st.decimals(-(10**16), 10**16, places=3)),
    (pa.bool_(), st.booleans()),
    (pa.string(), st.text() | st.sampled_from(["", " ", "a", "N/A", "2026-01-01", "1e5", "{{ x }}", "'; --", "%s"])),
    (pa.binary(), st.binary()),
    (pa.date32(), st.dates(date(1700, 1, 1), date(2250, 1, 1))),
    (pa.timestamp("us"), SECONDS),
    (pa.timestamp("us", "UTC"), SECONDS.map(lambda moment: moment.replace(tzinfo=UTC))),
    (pa.list_(pa.int64()), st.lists(st.integers(-5, 5) | st.none(), max_size=3)),
    (pa.struct([("a", pa.string())]), st.fixed_dictionaries({"a": st.text(max_size=3) | st.none()})),
]


@st.composite
def tables(draw: st.DrawFn, types: list[Any] | None = None) -> pa.Table:
    """Draw a table of one column; few different values in many rows, or many in few."""
    type_, values = draw(st.sampled_from(types or COLUMNS))
    few = draw(st.lists(values | st.none(), max_size=6))
    return pa.table({"x": pa.array(few * draw(st.integers(1, 30)), type_)})


@settings(max_examples=25)
@given(stage=tables(), reference=st.none() | tables(), others=tables())
def test_whatever_the_rows_every_check_has_a_verdict_and_the_same_one_again(
    stage: pa.Table, reference: pa.Table | None, others: pa.Table
) -> None:
    found = outcomes(stage, reference, others)

    assert found == outcomes(stage, reference, others)


@settings(max_examples=25)
@given(data=st.data())
def test_rows_beside_rows_of_the_same_type_are_no_error(data: st.DataObject) -> None:
    kind = [data.draw(st.sampled_from(COLUMNS))]
    stage, reference, others = (data.draw(tables(kind)) for _ in range(3))

    found = outcomes(stage, reference, others)

    assert [check for check, outcome in found.items() if outcome == "error"] == []
