"""The same rows give the same facts on every engine: each is held against an oracle in plain Python."""

from __future__ import annotations

import math
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlglot import exp

from airflow_mlquality.checks.admission import _ADMITTED, FUNCTIONS, admit
from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.measuring import measure
from airflow_mlquality.engines.opening import engine_for
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.measurements import (
    VOCABULARY,
    Annotations,
    Directions,
    DistinctFact,
    Elsewhere,
    Groups,
    Measurement,
    MomentsFact,
    Neighbours,
    NonFinite,
    NullCount,
    RowsWhere,
    Sampled,
    Separation,
    ShapeBySegment,
    SharedRows,
    TextTraits,
)
from airflow_mlquality.measurements.counts import STAGE
from tests.conformance.engines import TABLES, Place, conditions
from tests.conformance.oracle import ORACLE, fact
from tests.conformance.rules import RULES
from tests.conformance.tables import SAME_IN_OTHER_CASE

TESTS = Path(__file__).parents[1]
ROUNDING = 1e-9
NOISE = 1e-14
"""What rounding leaves of a deviation that is none, as a share of the greatest number."""
UNDERFLOW = 1e-140
"""Squares of smaller deviations are zero, or have few digits."""
DEVIATIONS = 4.0


HELD_ELSEWHERE: dict[type[Measurement[Any]], str] = {
    Groups: "engines/test_groups.py",
    ShapeBySegment: "engines/test_segments.py",
    TextTraits: "engines/test_text_traits.py",
    Elsewhere: "checks/test_wholes_on_engines.py",
    Sampled: "engines/test_sampled.py",
    Annotations: "checks/test_label_checks.py",
    Neighbours: "checks/test_sequences.py",
    SharedRows: "checks/test_catalogue_on_engines.py",
    Separation: "checks/test_domain_classifier.py",
    Directions: "checks/test_feature_drift.py",
}
"""Measurements that the tables of this suite do not ask for, and the tests that hold them against plain Python: the
first five on all engines, the others on the embedded one."""


def test_every_measurement_of_the_vocabulary_is_held_against_an_oracle() -> None:
    assert {*ORACLE, *HELD_ELSEWHERE} == set(VOCABULARY.values())
    assert [path for path in HELD_ELSEWHERE.values() if not (TESTS / path).exists()] == []


def agree(expected: Any, actual: Any) -> bool:
    """Return whether two facts are the same; mean and deviation may differ by rounding, an estimate by its error."""
    if isinstance(actual, DistinctFact):
        return bool(abs(actual.count - expected.count) <= max(DEVIATIONS * actual.error * expected.count, 0.0))
    if not (isinstance(expected, MomentsFact) and isinstance(actual, MomentsFact)):
        return bool(expected == actual)
    exact = replace(expected, mean=None, std=None) == replace(actual, mean=None, std=None)
    noise = NOISE * max(abs(expected.min or 0.0), abs(expected.max or 0.0), UNDERFLOW)
    pairs = [(expected.mean, actual.mean), (expected.std, actual.std)]
    return exact and all(
        left is right if left is None or right is None else math.isclose(left, right, rel_tol=ROUNDING, abs_tol=noise)
        for left, right in pairs
    )


def shown(given: Any) -> Any:
    """Return a fact so that a difference can be read."""
    return asdict(given) if hasattr(given, "__dataclass_fields__") else given


def refusable(question: Measurement[Any]) -> str:
    """Return under what the gaps name a measurement."""
    return f"{question.kind} {getattr(question, 'type', '')}".strip()


@pytest.mark.parametrize("kind", [kind for kind in VOCABULARY if kind != "rows_where"])
@pytest.mark.parametrize("table", TABLES)
def test_facts_are_what_the_oracle_says(place: Place, table: str, kind: str) -> None:
    asked = place.asked(table)
    wrong = {}
    for question in asked.questions:
        if question.kind == kind and refusable(question) not in place.gaps.measurements:
            expected, actual = fact(question, asked.rows), asked.answer(question)
            if not agree(expected, actual):
                wrong[str(question)[:200]] = (shown(expected), shown(actual))

    assert wrong == {}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_means_the_same(place: Place, rule: str) -> None:
    if rule not in place.rules or rule in place.gaps.rules:
        return  # a stated gap: what is refused is tested below
    asked = place.asked("rules")
    questions = {name: RowsWhere(text) for name, text in conditions(rule).items()}

    expected = {name: fact(question, asked.rows) for name, question in questions.items()}

    assert {name: asked.answer(question) for name, question in questions.items()} == expected


def test_columns_are_of_the_types_that_they_were_written_as(place: Place) -> None:
    asked = place.asked("values")
    expected = {name: place.gaps.types.get(name, type_.value) for name, type_ in asked.rows.types.items()}

    assert {column.name: column.type.value for column in asked.schema} == expected


def test_what_is_refused_by_name_is_what_the_gaps_say(place: Place) -> None:
    asked = place.asked("rules")
    refused = {
        rule
        for rule in place.rules
        for text in conditions(rule).values()
        if "not available on" in asked.failures.get(RowsWhere(text), "")
    }

    assert refused == set(place.gaps.rules) & set(place.rules)


def test_no_measurement_fails_but_what_the_gaps_say(place: Place) -> None:
    failures = {
        refusable(question)
        for table in TABLES
        for question, why in place.asked(table).failures.items()
        if question.kind != "rows_where" or "not available on" not in why
    }

    assert failures == set(place.gaps.measurements)


def test_every_admitted_function_is_tried() -> None:
    tried = {found.lower() for rule in RULES for found in re.findall(r"\b(\w+)\(", rule)}
    tried |= {"extract"} if any("extract(" in rule for rule in RULES) else set()

    assert set(FUNCTIONS) - tried == set()


def test_every_admitted_operator_is_tried() -> None:
    tried = {type(node) for rule in RULES for node in admit(rule).walk()}

    assert set(_ADMITTED) - tried == {exp.DateTrunc}  # the parser makes a TimestampTrunc of every such call


@pytest.mark.parametrize("kind", ["nan", "inf"])
def test_only_a_place_that_says_so_has_no_such_number(place: Place, kind: str) -> None:
    written = pa.table({"x": pa.array([float(kind), 1.0], from_pandas=False)})
    lacks = place.gaps.values.keys() & ({"nan", "non_finite"} if kind == "nan" else {"non_finite"})
    try:
        with engine_for(source := place.source(f"only_{kind}", written), Settings()) as engine:
            table = engine.open(STAGE, source, Reading())
            facts, _ = measure(engine, table, [NonFinite("x")])
    except Exception:  # noqa: BLE001  each database has its own way to refuse a value
        assert lacks
    else:
        assert (facts[NonFinite("x")].total == 0) == bool(lacks)


def test_only_a_place_that_says_so_takes_names_for_one_that_differ_in_case(place: Place) -> None:
    written = pa.table({name: pa.array([None] * at + [1] * (4 - at)) for at, name in enumerate(SAME_IN_OTHER_CASE, 1)})
    try:
        with engine_for(source := place.source("cases", written), Settings()) as engine:
            table = engine.open(STAGE, source, Reading())
            facts, _ = measure(engine, table, [NullCount(name) for name in table.schema.names])
    except Exception:  # noqa: BLE001  each database has its own way to refuse a name
        assert "cases" in place.gaps.values
    else:
        assert list(facts.values()) == [1, 2, 3]
        assert (table.schema.names != tuple(SAME_IN_OTHER_CASE)) == ("cases" in place.gaps.values)
