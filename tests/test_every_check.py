"""Every check of the catalogue keeps the same laws."""

from __future__ import annotations

import doctest
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from airflow_mlquality.checks import CHECKS
from airflow_mlquality.checks.catalogue import HOMES
from airflow_mlquality.contract.descriptions import descriptions
from airflow_mlquality.contract.json_schema import json_schema
from airflow_mlquality.trial import trial
from airflow_mlquality.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from airflow_mlquality.checks import Check

SECTIONS = ("Why it matters", "How it decides", "When it misleads", "Examples")

ALWAYS_DECIDED = ("nullable", "required_columns", "extra_columns", "absent_columns", "row_count", "schema_stable")
"""They judge what even an empty table has: its columns, and how many rows it has."""

every_check = pytest.mark.parametrize("check", list(CHECKS.values()), ids=list(CHECKS))


def test_the_catalogue_is_filed_under_the_names_of_its_classes() -> None:
    assert {name: check.name() for name, check in CHECKS.items()} == {name: name for name in CHECKS}


def test_the_catalogue_knows_where_a_check_may_stand() -> None:
    places = {name: " ".join((check.scope, *check.other_scopes)) for name, check in CHECKS.items()}

    assert {name: scopes for name, (_, _, scopes) in HOMES.items()} == places


def test_a_contract_imports_the_checks_that_it_names() -> None:
    """Importing all of them takes longer than the gate on ten rows."""
    program = (
        "import sys; from airflow_mlquality.contract import Contract; "
        "Contract.of({'version': 1, 'contract': 'c', 'columns': {'a': {'between': {'min': 0}}}}); "
        "print(*(name for name in sys.modules if name.startswith('airflow_mlquality.checks.')))"
    )
    loaded = subprocess.run((sys.executable, "-c", program), check=True, capture_output=True, text=True).stdout.split()

    assert "airflow_mlquality.checks.values.bounds" in loaded
    assert {f"airflow_mlquality.checks.{module}" for module in ("annotators", "scale", "prior")}.isdisjoint(loaded)


@every_check
def test_it_explains_itself(check: type[Check]) -> None:
    text = check.__doc__ or ""
    headings = re.findall(r"^ *(\S.*)\n *-{3,}$", text, re.MULTILINE)

    assert [heading for heading in headings if heading in SECTIONS] == list(SECTIONS)


@every_check
def test_it_describes_every_option(check: type[Check]) -> None:
    assert [name for name in check.model_fields if name not in descriptions(check)] == []


@every_check
def test_its_examples_show_a_pass_a_fail_and_an_undecided(check: type[Check]) -> None:
    """That they are true is shown where all docstrings run."""
    tests = doctest.DocTestFinder(recurse=False).find(check, check.__name__)
    shown = {example.want.split(":")[0] for test in tests for example in test.examples if ":" in example.want}

    assert {"pass", "fail"} <= shown
    assert "undecided" in shown or check.name() in ALWAYS_DECIDED


def test_all_are_in_the_schema_of_contracts() -> None:
    schema = json.dumps(json_schema())

    assert [name for name in CHECKS if f'"{name}"' not in schema] == []


@every_check
def test_its_options_survive_json(check: type[Check]) -> None:
    assert check.model_validate_json(example_of(check).model_dump_json()) == example_of(check)


@every_check
def test_it_judges_the_same_facts_alike_and_its_verdict_survives_json(check: type[Check]) -> None:
    first, second = (verdict_on([1], check) for _ in range(2))

    assert first == second
    assert Verdict.from_json(json.loads(json.dumps(first.to_json(), allow_nan=False))) == first


@every_check
def test_no_evidence_is_not_a_pass(check: type[Check]) -> None:
    if check.name() in ALWAYS_DECIDED:
        return

    assert verdict_on([], check).outcome is Outcome.UNDECIDED


OPTIONS: dict[str, dict[str, object]] = {
    "embedding_drift": {"column": "x", "dimensions": 2},
    "dependence_stable": {"pairs": [["x", "x"]]},
    "domain_classifier": {"source": "others"},
    "fidelity": {"columns": ["x"], "real": "others"},
    "type": {"column": "x", "expected": "integer"},
    "required_columns": {"required": ["x"]},
    "extra_columns": {},
    "between": {"column": "x", "min": 0, "max": 10},
    "accepted_values": {"column": "x", "values": [1, 2]},
    "matches": {"column": "x", "pattern": "[a-z]+"},
    "length": {"column": "x", "min": 1, "max": 2},
    "freshness": {"column": "x", "fail": "24h"},
    "row_count": {"fail": [1, 100]},
    "relationships": {"column": "x", "to": "others"},
    "rule": {"rule": "x = x"},
    "prior": {"column": "x", "expected": {"1": 0.5, "2": 0.5}, "fail": 0.1},
    "allowed": {"column": "x", "values": [1, 2]},
    "k_anonymity": {"columns": ["x"], "k": 2},
    "absent_columns": {"names": ["ssn*"]},
    "no_gaps": {"column": "x", "every": "day"},
    "required_when": {"column": "x", "condition": "x is not null"},
    "filled_share": {"columns": ["x"]},
    "label_maturity": {"column": "x", "time": "x", "after": "30d"},
    "proxy_agreement": {"column": "x", "proxy": "x"},
    "annotators": {"column": "x", "item": "x", "annotator": "x"},
    "label_noise": {"column": "x", "probabilities": {"0": "x", "1": "x"}},
    "label_shift": {"column": "x", "prediction": "x"},
    "leakage": {"column": "x", "features": ["x"]},
    "known_before_label": {"column": "x", "label_time": "x", "times": ["x"]},
    "determines": {"by": ["x"], "determines": "x"},
    "impossible_together": {"impossible_together": [{"x": 1}]},
    "combinations_known": {"combinations_known": ["x", "x"]},
    "sums_to": {"parts": ["x"], "sums_to": "x"},
    "conservation": {"source": "others", "expression": "count(x)"},
    "reconciled": {"to": "others", "expressions": ["count(x)"]},
    "kpi": {"expression": "count(x)", "against": "reference", "fail": 0.1},
    "available_within": {"column": "x", "time": "x", "fail": "1h"},
    "cadence": {"column": "x", "every": "1d"},
    "late_rows": {"late_rows": "1h", "time": "x", "arrived": "x"},
    "in_partition": {"time": "x", "partition": "x"},
    "restatement": {"partition": "x"},
    "correlation_stable": {"over": ["x", "x"]},
    "schema_stable": {},
    "precision": {"column": "x", "decimals": 2},
    "step": {"column": "x", "size": 0.5},
    "increasing": {"column": "x", "by": "x"},
    "on_scale": {"column": "x", "expected": "x * x"},
    "swapped_columns": {},
    "no_overlap": {"column": "x", "to": "others"},
    "conflicting_labels": {"column": "x", "columns": ["x"]},
    "duplicate_rows": {"columns": ["x"]},
    "format": {"column": "x", "form": "email"},
}


def verdict_on(values: list[int], check: type[Check]) -> Verdict:
    """Return the verdict on a column; the table is its own reference, and the other source where there is one."""
    return trial(example_of(check), reference={"x": values}, others={"x": values}, x=values).verdict


def example_of(check: type[Check]) -> Check:
    """Return a check with plain options about the column `x`."""
    return check.model_validate(OPTIONS.get(check.name(), {"column": "x"}))
