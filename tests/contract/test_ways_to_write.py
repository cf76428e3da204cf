"""One check, and the ways to write it: `true`, a bare value, options; and what the pages of the checks show."""

from __future__ import annotations

import re

import pytest
from jsonschema import Draft202012Validator

from airflow_mlquality.checks import CHECKS, Check
from airflow_mlquality.contract import Contract
from airflow_mlquality.contract.json_schema import json_schema
from airflow_mlquality.contract.yaml import read
from airflow_mlquality.errors import ContractError
from scripts.check_reference import page

HEAD = "version: 1\ncontract: orders\n"
_SNIPPET = re.compile(r"## In a contract\n\n```yaml\n(.*?)```", re.DOTALL)


def only(text: str) -> Check:
    """Return the one check that a contract declares, beside those that every contract has."""
    found = [each for each in Contract.of(HEAD + text).checks if each.name() not in ("row_count", "required_columns")]
    assert len(found) == 1
    return found[0]


def problems_of(text: str) -> list[str]:
    """Return what is wrong with a contract."""
    try:
        Contract.of(text)
    except ContractError as refused:
        return [str(problem) for problem in refused.problems]
    return []


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("columns: {age: {sentinels: [-999, 0]}}", "columns: {age: {sentinels: {values: [-999, 0]}}}"),
        ("columns: {paid: {available_within: true}}", "columns: {paid: {available_within: {}}}"),
        ("columns: {paid: {available_within: 24h}}", "columns: {paid: {available_within: {fail: 24h}}}"),
        ("columns: {note: {text_drift: true}}", "columns: {note: {text_drift: {}}}"),
        ("table: {no_personal_data: true}", "table: {no_personal_data: {}}"),
        ("rows: [{duplicate_rows: true}]", "rows: [{duplicate_rows: {}}]"),
        ("labels: {column: sold, class_rows: true}", "labels: {column: sold, class_rows: {}}"),
        ("labels: {column: sold, class_rows: 100}", "labels: {column: sold, class_rows: {fail: 100}}"),
        ("labels: {column: sold, missing_share: true}", "labels: {column: sold, missing_share: {}}"),
    ],
)
def test_a_check_may_be_written_short(short: str, long: str) -> None:
    assert only(short) == only(long)
    Draft202012Validator(json_schema()).validate(read(HEAD + short, "").data)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "rows:\n  - sums_to: {parts: [net, tax], sums_to: gross}\n",
            "<inline>:4: rows[0].sums_to: options stand beside it, not below. Write '- {sums_to: …, parts: …}'",
        ),
        (
            "columns:\n  id: {unique: [day, id]}\n",
            "<inline>:4: columns.id.unique: ['day', 'id'] is not true or a mapping of options",
        ),
        (
            "table:\n  unique: true\n",
            (
                "<inline>:4: table.unique: true is not a mapping of options. It takes key, warn, fail, mostly, id, "
                "runbook, policy"
            ),
        ),
        (
            "columns:\n  count: {increasing: {by: at, per: device}}\n",
            "<inline>:4: columns.count.increasing.per: 'device' is not a list. Write [device]",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_write(text: str, message: str) -> None:
    assert problems_of(HEAD + text) == [message]


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_what_a_page_shows_of_a_contract_is_of_the_right_form(name: str) -> None:
    found = _SNIPPET.search(page(CHECKS[name]))
    assert found is not None
    problems = problems_of(HEAD + "dataset: {time: at, partition: day}\n" + found[1])
    assert [each for each in problems if "…" not in each or "beside" in each] == []
