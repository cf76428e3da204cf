"""The tables of docs/operators.md say what every operator does on each decision, in each place; here is each cell."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shell.behaviour import DECISIONS, PLACES, SUBJECTS, told

PAGE = Path(__file__).parents[2] / "docs" / "operators.md"


def table(place: str) -> dict[str, dict[str, str]]:
    """Return the cells of a place by operator and decision, as the page has them."""
    section = PAGE.read_text(encoding="utf-8").split(f"## In place: {place}\n")[1].split("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    head, cells = lines[0], lines[2:]
    return {line[0].replace("`", ""): dict(zip(head[1:], line[1:], strict=True)) for line in cells}


@pytest.mark.parametrize("place", PLACES)
def test_the_page_tells_of_every_operator_and_decision(place: str) -> None:
    told_of = table(place)

    assert sorted(told_of) == sorted(SUBJECTS)
    assert {decision for row in told_of.values() for decision in row} == set(DECISIONS)


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("place", PLACES)
def test_each_cell_is_what_happens(place: str, decision: str, tmp_path: Path) -> None:
    assert {title: row[decision] for title, row in table(place).items()} == told(tmp_path, place, decision)


ACT_ALIKE = ("SchemaCheckOperator", "PlausibilityCheckOperator", "LabelPriorCheckOperator", "DriftCheckOperator")


@pytest.mark.parametrize("name", [*ACT_ALIKE, "StageConservationOperator"])
def test_a_check_without_a_contract_file_acts_as_a_gate_does(name: str) -> None:
    from airflow_mlquality import operators

    subclass, gate = getattr(operators, name), operators.QualityGateOperator

    assert issubclass(subclass, gate)
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")
    for method in ("act", "_stop", "_skip", "notify", "audited"):
        assert getattr(subclass, method) is getattr(gate, method)
