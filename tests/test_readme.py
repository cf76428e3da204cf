"""What the README shows is true: its code runs, its contract loads, its tables are those of the code."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airflow_mlquality.checks import Check
from airflow_mlquality.contract import Contract
from airflow_mlquality.operators.acting import WORDS
from scripts.readme_checks import written

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def test_the_table_of_checks_is_the_catalogue() -> None:
    assert written(TEXT) == TEXT


def test_the_contract_loads_and_shows_most_checks() -> None:
    contract = Contract.of(blocks("yaml")[0])

    assert contract.name == "flights"
    assert len({check.name() for check in contract.checks}) >= 14


def test_the_contract_judges_a_day_of_flights(tmp_path: Path) -> None:
    from airflow_mlquality.audit import audit
    from scripts.flight_data import CLEAN_DAY, DIRTY_DAY, lay_out

    data = lay_out(tmp_path)
    contract = Contract.of(blocks("yaml")[0].replace("  delayed:   {type: boolean}\n", "  delayed: {optional: true}\n"))
    sources = {"planes": data / "planes.csv"}
    failed = {
        day: [
            verdict.id
            for verdict in audit(contract, data / "days" / f"{day}.csv", sources=sources).verdicts
            if verdict.outcome == "fail"
        ]
        for day in (CLEAN_DAY, DIRTY_DAY)
    }

    assert failed == {
        CLEAN_DAY: [],
        DIRTY_DAY: ["origin.accepted_values", "air_time.between", "plausible_speed"],
    }


def test_the_gate_makes_a_dag() -> None:
    names: dict[str, Any] = {}
    exec(compile(blocks("python")[0], "README.md", "exec"), names)  # noqa: S102  the README's own code

    assert [task.task_id for task in names["gate"].dag.tasks] == ["gate"]
    assert names["gate"].on_fail == "skip"


def test_the_sources_can_be_named() -> None:
    names: dict[str, Any] = {}
    exec(compile(blocks("python")[1], "README.md", "exec"), names)  # noqa: S102  the README's own code

    assert [repr(source) for source in names["SOURCES"][2:]] == [
        "Sql(conn_id='warehouse', table='analytics.flights')",
        "Spark(conn_id='spark_default', table='lake.flights')",
    ]


def test_the_new_check_works_as_its_examples_say() -> None:
    names: dict[str, Any] = {"__name__": "readme"}
    exec(compile(blocks("python")[2], "README.md", "exec"), names)  # noqa: S102  the README's own code
    check: type[Check] = names["Trimmed"]
    tests = doctest.DocTestFinder().find(check, "Trimmed", module=False, globs=names)
    results = doctest.DocTestRunner().run(tests[0])

    assert check.name() == "trimmed"
    assert (results.attempted, results.failed) == (4, 0)


def test_every_make_command_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"^make ([a-z]+)$|`make ([a-z]+)`", TEXT, re.MULTILINE))

    assert {name for pair in named for name in pair if name} >= {"demo", "test", "ui"}
    assert [name for pair in named for name in pair if name and f"\n{name}:" not in makefile] == []


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", TEXT)

    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_words_of_on_fail_are_all_named() -> None:
    assert [word for word in WORDS if f"`{word}`" not in TEXT] == []


@pytest.mark.parametrize(
    ("air_time", "code", "word"),
    [("227", 0, "PASS"), ("13620", 2, "FAIL")],
)
def test_the_command_line_ends_with_the_code_of_the_outcome(
    tmp_path: Path, air_time: str, code: int, word: str
) -> None:
    (tmp_path / "contract.yaml").write_text(
        "version: 1\ncontract: flights\ncolumns: {air_time: {type: integer, between: {min: 10, max: 900}}}\n",
        encoding="utf-8",
    )
    (tmp_path / "day.csv").write_text(f"carrier,air_time\nUA,{air_time}\n", encoding="utf-8")
    command = blocks("console")[1].strip().removeprefix("$ mlquality ").split()
    done = subprocess.run(
        [sys.executable, "-m", "airflow_mlquality", *command], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (done.returncode, word in done.stdout) == (code, True), done.stderr
