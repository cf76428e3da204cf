"""The tables of docs/operators.md say what every operator does on each decision, in each place; here is each cell."""

from __future__ import annotations

from pathlib import Path

import pytest
from airflow.sdk import BaseOperator

from airflow_mlquality import operators, sensors
from airflow_mlquality.get_provider_info import get_provider_info
from tests.shell.behaviour import PLACES, told
from tests.shell.subjects import DECISIONS, SEEN, SUBJECTS, named

PAGE = Path(__file__).parents[2] / "docs" / "operators.md"


def table(title: str) -> dict[str, dict[str, str]]:
    """Return the cells of a section's table by row and column, as the page has them."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {title}\n")[1].split("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    head, cells = lines[0], lines[2:]
    return {line[0].replace("`", ""): dict(zip(head[1:], line[1:], strict=True)) for line in cells}


def exported() -> list[str]:
    """Return the names of all operators, sensors and decorators of the provider, as users write them."""
    classes = [getattr(module, name) for module in (operators, sensors) for name in module.__all__]
    tasks = [each.__name__ for each in classes if isinstance(each, type) and issubclass(each, BaseOperator)]
    return sorted([*tasks, *(f"@task.{each['name']}" for each in get_provider_info()["task-decorators"])])


def test_every_operator_sensor_and_decorator_has_a_row() -> None:
    assert sorted({named(title) for title in SUBJECTS}) == exported()


def test_the_page_tells_what_leads_to_each_decision() -> None:
    told_of = table("What leads to each decision")

    assert {what: tuple(row[decision] for decision in DECISIONS) for what, row in told_of.items()} == SEEN
    operators_of = {what: row["operators"].replace("`", "").split(", ") for what, row in told_of.items()}
    assert sorted(name for names in operators_of.values() for name in names) == exported()
    assert {(named(title), each.seen) for title, each in SUBJECTS.items()} == {
        (name, what) for what, names in operators_of.items() for name in names
    }


@pytest.mark.parametrize("place", PLACES)
def test_the_page_tells_of_every_operator_and_decision(place: str) -> None:
    told_of = table(f"In place: {place}")

    assert sorted(told_of) == sorted(SUBJECTS)
    assert {decision for row in told_of.values() for decision in row} == set(DECISIONS)


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("place", PLACES)
def test_each_cell_is_what_happens(place: str, decision: str, tmp_path: Path) -> None:
    written = table(f"In place: {place}")

    assert told(tmp_path, place, decision) == {title: row[decision] for title, row in written.items()}
