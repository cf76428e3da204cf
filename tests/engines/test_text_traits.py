"""The looks of texts are the same fact on every engine; where vectors point is told by the embedded one alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.measuring import measure
from airflow_mlquality.engines.opening import engine_for
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.measurements import Directions, TextTraits
from airflow_mlquality.measurements.counts import STAGE
from airflow_mlquality.measurements.texts import TRAITS, TextTraitsFact
from tests.conformance.conftest import PLACES

if TYPE_CHECKING:
    from tests.conformance.engines import Place

ROWS = pa.table({"note": ["", "ok", "Gate B12, two  blanks", "\u00fcnna\n", "A4 aB!?", " x", None]})
HAVE = {
    "a digit": 2,
    "a capital letter": 2,
    "a small letter": 5,
    "a character beyond ASCII": 1,
    "punctuation": 2,
    "a line end": 1,
    "a blank at an end": 1,
    "two blanks in a row": 1,
    "a letter before a digit": 2,
    "a small before a capital letter": 1,
    "two punctuation marks in a row": 1,
}


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest) -> Any:
    """Yield each place where rows can lie."""
    place = PLACES[request.param](request)
    yield place
    place.close()


def test_the_looks_of_texts_are_the_same_everywhere(place: Place) -> None:
    asked, source = TextTraits("note"), place.source("looks", ROWS)
    with place.quick(), engine_for(source, Settings()) as engine:
        facts, failures = measure(engine, engine.open(STAGE, source, Reading()), [asked])

    assert failures == {}
    assert facts[asked] == TextTraitsFact(
        lengths=(1, 0, 2, 0, 2, 0, 1, *[0] * 7),
        blanks=(3, 2, 0, 1, *[0] * 7),
        traits=tuple(HAVE.get(name, 0) for name in TRAITS),
        nulls=1,
    )


def test_what_holds_no_vectors_is_not_asked_for_directions(place: Place) -> None:
    source = place.source("looks", ROWS)
    with engine_for(source, Settings()) as engine:
        table = engine.open(STAGE, source, Reading())

        assert Directions("note", 2).select(table.schema) == {}
