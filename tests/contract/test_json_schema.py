"""The JSON Schema says the same of a document as the loader does."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from airflow_mlquality.checks import CHECKS
from airflow_mlquality.contract import Contract
from airflow_mlquality.contract.json_schema import json_schema
from airflow_mlquality.contract.options import options
from airflow_mlquality.contract.yaml import read
from airflow_mlquality.errors import ContractError

SCHEMA = json_schema()
HEAD = "version: 1\ncontract: x\n"
EXAMPLES = sorted(Path(__file__).parents[2].glob("dags_examples/**/*.yaml"))

FLIGHTS = """
version: 1
contract: flights_features
owner: growth-ml@example.com
runbook: https://wiki/flights-gate            # shown wherever this contract fails; a check may carry its own
dataset: {key: flight_id, time: departed_at, partition: day}
schema: {extra_columns: warn, environments: {serve: {without: [arr_delay]}}}
columns:
  carrier:   {type: string, not_null: true, accepted_values: [AA, B6, DL, EV, UA, US, WN]}
  tailnum:   {type: string, relationships: {to: planes, column: tailnum, warn: 0.02, fail: 0.2}}
  distance:  {type: integer, between: {min: 10, max: 6000}}
  dep_time:  {type: integer, null_share: {warn: 0.05, fail: 0.3}}
rows:
  - {id: cancelled_never_arrives, rule: "dep_time is not null or arr_time is null", fail: 0}
  - {unique: [day, flight_id]}
table:
  row_count: {warn: [9_000, 12_000], fail: [5_000, 20_000]}
  freshness: {warn: 6h, fail: 24h}
labels:
  column: delayed
  prior: {expected: {true: 0.20, false: 0.80}, warn: 0.02, fail: 0.06}
drift:
  reference: train
  columns: all
  warn: 0.1
  fail: 0.25
policy: {fail: stop, undecided: {too_small: stop}}
"""


def accepts(text: str) -> bool:
    return Draft202012Validator(SCHEMA).is_valid(read(text, "x").data)


def loads(text: str) -> bool:
    try:
        Contract.of(text)
    except ContractError:
        return False
    return True


def test_it_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)

    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize(
    "text",
    [
        HEAD,
        HEAD + "columns:\nrows:\ntable:\nschema:\ndrift:\n",
        HEAD + "columns: {a: , b: {optional: true, samples: allow}}",
        HEAD + "columns: {a: {between: [{id: u, min: 1}, {id: v, max: 2}]}}",
        HEAD + "columns: {a: {unique: true, matches: '[0-9]+', length: {min: 3}}}",
        HEAD + "columns: {a: {freshness: {fail: 12}}}",
        HEAD + "columns: {a: {not_null: {mostly: 0.9, policy: {fail: degrade, undecided: proceed}}}}",
        HEAD + "schema: {extra_columns: 3, required_columns: {fail: 2}}",
        HEAD + "table: {unique: [a, b], row_count: {fail: [1, null]}}",
        HEAD + "rows: [{unique: {key: [a, b], fail: 0.1}, id: u}]",
        HEAD + "dataset: {key: [a, b], csv: {null: [NA], header: false, delimiter: ';'}}",
        FLIGHTS,
    ],
)
def test_it_accepts_what_loads(text: str) -> None:
    assert (accepts(text), loads(text)) == (True, True)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "version: 1",
        "version: 2\ncontract: x",
        "version: 1\ncontract: no name",
        HEAD + "ownr: x",
        HEAD + "columns: [a]",
        HEAD + "columns: {a: {acepted_values: [u]}}",
        HEAD + "columns: {a: {row_count: {fail: [1, 2]}}}",
        HEAD + "columns: {a: {accepted_values: u}}",
        HEAD + "columns: {a: {between: {mn: 1}}}",
        HEAD + "columns: {a: {between: {min: 1, column: b}}}",
        HEAD + "columns: {a: {null_share: {fail: 1.5}}}",
        HEAD + "columns: {a: {null_share: {fail: true}}}",
        HEAD + "columns: {a: {not_null: false}}",
        HEAD + "columns: {a: {type: sting}}",
        HEAD + "columns: {a: {samples: show}}",
        HEAD + "schema: {extra_columns: deny}",
        HEAD + "rows: [{fail: 0}]",
        HEAD + "rows: [{rule: a > 1, unique: [a]}]",
        HEAD + "table: {unique: true}",
        HEAD + "labels: {allowed: [a]}",
        HEAD + "labels: {column: y}",
        HEAD + "drift: {wran: 0.1}",
        HEAD + "drift: {columns: most}",
        HEAD + "policy: {fail: halt}",
        HEAD + "policy: {undecided: {too_smal: stop}}",
        HEAD + "false_discovery_rate: 1",
    ],
)
def test_it_rejects_what_does_not_load(text: str) -> None:
    assert (accepts(text), loads(text)) == (False, False)


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.name for path in EXAMPLES])
def test_every_contract_of_the_examples_loads_and_is_accepted(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert (accepts(text), loads(text)) == (True, True)


@pytest.mark.parametrize("name", CHECKS)
def test_every_option_of_a_check_is_described(name: str) -> None:
    definition = SCHEMA["$defs"][name]

    assert list(definition["properties"]) == list(options(CHECKS[name]))
    assert [key for key, option in definition["properties"].items() if not option.get("description")] == []
    assert definition["description"]
    assert definition["additionalProperties"] is False


def test_whole_numbers_may_be_grouped_as_in_9_000_which_is_text_to_editors() -> None:
    document = {"version": 1, "contract": "x", "table": {"row_count": {"fail": ["9_000", None]}}}

    assert Draft202012Validator(SCHEMA).is_valid(document)
