"""A contract says the same as a file, as YAML text, as a dict, and built in Python."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from airflow_mlquality.checks import (
    AcceptedValues,
    Between,
    Drift,
    ExtraColumns,
    Freshness,
    Policy,
    RequiredColumns,
    RowCount,
    Rule,
    Unique,
)
from airflow_mlquality.contract import Contract, CsvOptions, load_contract
from airflow_mlquality.errors import ContractError, UsageError
from airflow_mlquality.measurements import LogicalType

FLIGHTS = """
version: 1
contract: flights_features
description: Features of the delay model
owner: growth-ml@example.com
runbook: https://wiki/flights-gate
dataset: {key: [flight_id, day], time: departed_at, partition: day, csv: {null: ["", NA], delimiter: ";", header: true}}
sources: {planes: /data/planes.parquet}
schema: {extra_columns: warn, environments: {serve: {without: [arr_delay]}}}
columns:
  carrier:   {type: string, not_null: true, accepted_values: [AA, B6, NO], samples: allow}
  tailnum:   {type: string, relationships: {to: planes, column: tailnum, warn: 0.02, fail: 0.2}}
  distance:  {type: number, between: [{id: possible, min: 10}, {id: usual, max: 6_000, warn: 0.01, fail: 0.5}]}
  arr_delay: {type: integer, optional: true}
  dep_delay:
rows:
  - {id: never_left, rule: "dep_delay is not null or arr_delay is null", fail: 0}
  - {unique: [day, flight_id], mostly: 0.99}
table:
  row_count: {warn: [9_000, 12_000], fail: [5_000, 20_000]}
  freshness: {warn: 6h, fail: 1d}
labels:
  column: delayed
  prior: {expected: {true: 0.20, false: 0.80}, warn: 0.02, fail: 0.06}
  allowed: [true, false]
drift:
  reference: train
  columns: all
  except: [distance]
  warn: 0.1
  fail: 0.25
policy: {fail: stop, undecided: {too_small: stop}}
false_discovery_rate: 0.05
"""


def test_the_keys_of_the_whole_become_attributes() -> None:
    contract = Contract.of(FLIGHTS)

    assert contract.name == "flights_features"
    assert contract.description == "Features of the delay model"
    assert contract.owner == "growth-ml@example.com"
    assert contract.runbook == "https://wiki/flights-gate"
    assert contract.origin == "<inline>"
    assert contract.key == ("flight_id", "day")
    assert (contract.time, contract.partition, contract.allow_empty) == ("departed_at", "day", False)
    assert contract.csv == CsvOptions(null=("", "NA"), delimiter=";", header=True)
    assert contract.declared == {
        "carrier": LogicalType.STRING,
        "tailnum": LogicalType.STRING,
        "distance": LogicalType.FLOAT,
        "arr_delay": LogicalType.INTEGER,
    }
    assert contract.samples == {"carrier"}
    assert contract.sources == {"planes": "/data/planes.parquet"}
    assert contract.environments == {"serve": ("arr_delay",)}
    assert contract.policy == Policy(fail="stop", undecided={"too_small": "stop"})
    assert contract.false_discovery_rate == 0.05
    assert contract.reference == "train"


def test_checks_come_in_the_order_of_the_file_each_with_its_id_and_line() -> None:
    assert [(check.verdict_id, check.at) for check in Contract.of(FLIGHTS).checks] == [
        ("extra_columns", "<inline>:9"),
        ("required_columns", "<inline>:10"),
        ("carrier.type", "<inline>:11"),
        ("carrier.not_null", "<inline>:11"),
        ("carrier.accepted_values", "<inline>:11"),
        ("tailnum.type", "<inline>:12"),
        ("tailnum.relationships", "<inline>:12"),
        ("distance.type", "<inline>:13"),
        ("possible", "<inline>:13"),
        ("usual", "<inline>:13"),
        ("arr_delay.type", "<inline>:14"),
        ("never_left", "<inline>:17"),
        ("day+flight_id.unique", "<inline>:18"),
        ("row_count", "<inline>:20"),
        ("departed_at.freshness", "<inline>:21"),
        ("delayed.prior", "<inline>:24"),
        ("delayed.allowed", "<inline>:25"),
        ("drift", "<inline>:26"),
    ]


def test_options_reach_the_checks_and_the_contract_fills_in_the_rest() -> None:
    checks = {check.verdict_id: check for check in Contract.of(FLIGHTS).checks}
    runbook = "https://wiki/flights-gate"

    listed = ("carrier", "tailnum", "distance", "arr_delay", "dep_delay")
    assert checks["extra_columns"] == ExtraColumns(warn=0, known=listed, at="<inline>:9", runbook=runbook)
    assert checks["required_columns"] == RequiredColumns(
        required=("carrier", "tailnum", "distance", "dep_delay"), at="<inline>:10", runbook=runbook
    )
    assert checks["usual"] == Between(
        id="usual", column="distance", max=6000, warn=0.01, fail=0.5, at="<inline>:13", runbook=runbook
    )
    assert checks["day+flight_id.unique"] == Unique(
        key=("day", "flight_id"), fail=0.01, at="<inline>:18", runbook=runbook
    )
    assert checks["departed_at.freshness"] == Freshness(
        column="departed_at", warn=6, fail=24, at="<inline>:21", runbook=runbook
    )
    assert checks["delayed.prior"].expected == {"true": 0.2, "false": 0.8}
    drift = checks["drift"]
    assert isinstance(drift, Drift)
    assert (drift.reference, drift.columns_, drift.except_) == ("train", "all", ("distance",))
    assert drift.moving == ("flight_id", "day", "departed_at")


def test_a_runbook_of_a_check_wins_over_that_of_the_contract() -> None:
    contract = Contract(name="x", checks=(RowCount(fail=(1, 2), runbook="own"),), runbook="common")

    assert [check.runbook for check in contract.checks] == ["own"]


def test_values_that_the_contract_names_are_known_as_text() -> None:
    assert {"AA", "B6", "NO", "true", "True", "false"} <= Contract.of(FLIGHTS).known_values


# ---- what is built in ----


def test_a_contract_fails_on_a_source_without_rows() -> None:
    assert Contract(name="x").checks == (RowCount(fail=(1, None)),)


def test_a_row_count_that_only_warns_fails_on_a_source_without_rows() -> None:
    given = RowCount(warn=(10, 20))

    assert Contract(name="x", checks=(given,)).checks == (RowCount(warn=(10, 20), fail=(1, None)),)


def test_a_row_count_with_its_own_bound_is_left_alone() -> None:
    given = RowCount(fail=(0, 20))

    assert Contract(name="x", checks=(given,)).checks == (given,)


def test_a_source_may_be_empty_where_the_contract_says_so() -> None:
    assert Contract(name="x", allow_empty=True).checks == ()
    assert Contract.of("version: 1\ncontract: x\ndataset: {allow_empty: true}").checks == ()


def test_columns_that_are_listed_are_required_unless_they_are_optional_or_it_is_allowed() -> None:
    head = "version: 1\ncontract: x\ncolumns: {a: , b: {optional: true}}\n"
    required = [check for check in Contract.of(head).checks if isinstance(check, RequiredColumns)]

    assert required == [RequiredColumns(required=("a",), at="<inline>:3")]
    assert len(Contract.of(head + "schema: {required_columns: allow}").checks) == 1


@pytest.mark.parametrize(
    ("written", "levels"),
    [("warn", (0, None)), ("fail", (None, 0)), ("3", (None, 3)), ("{warn: 1, fail: 2}", (1, 2))],
)
def test_extra_columns_takes_a_word_a_number_or_levels(written: str, levels: tuple[int | None, int | None]) -> None:
    contract = Contract.of(f"version: 1\ncontract: x\nschema: {{extra_columns: {written}}}")

    assert [(check.warn, check.fail) for check in contract.checks if isinstance(check, ExtraColumns)] == [levels]


def test_extra_columns_that_are_allowed_need_no_check() -> None:
    assert len(Contract.of("version: 1\ncontract: x\nschema: {extra_columns: allow}").checks) == 1


# ---- environments ----


def test_an_environment_leaves_out_what_is_absent_there() -> None:
    contract = Contract.of(FLIGHTS)
    served = contract.checks_for("serve")

    gone = {check.verdict_id for check in contract.checks} - {check.verdict_id for check in served}
    assert gone == {"arr_delay.type", "never_left"}
    assert contract.checks_for("") == contract.checks


def test_required_columns_do_not_require_what_is_absent_in_an_environment() -> None:
    contract = Contract(
        name="x", checks=[RequiredColumns(required=("a", "b"))], environments={"serve": ["b"]}, allow_empty=True
    )

    assert contract.checks_for("serve") == (RequiredColumns(required=("a",)),)


def test_columns_that_are_absent_in_an_environment_are_extra_there() -> None:
    schema = "schema: {extra_columns: fail, environments: {serve: {without: [b]}}}"
    contract = Contract.of(f"version: 1\ncontract: x\n{schema}\ncolumns: {{a: , b: }}")

    assert ExtraColumns(known=("a",), fail=0) in [
        each.model_copy(update={"at": ""}) for each in contract.checks_for("serve")
    ]


def test_an_unknown_environment_is_a_wrong_call() -> None:
    with pytest.raises(UsageError) as refused:
        Contract.of(FLIGHTS).checks_for("serv")

    assert str(refused.value) == "environment='serv': takes one of serve. Did you mean 'serve'?"


# ---- where it comes from ----


def test_a_file_may_be_given_as_text_or_path_or_anything_that_reads(tmp_path: Path) -> None:
    file = tmp_path / "flights.yaml"
    file.write_text("\ufeff" + FLIGHTS, encoding="utf-8")

    class Elsewhere:
        def read_text(self, encoding: str) -> str:
            return file.read_text(encoding)

        def __str__(self) -> str:
            return "s3://bucket/flights.yaml"

    assert load_contract(file) == Contract.of(file) == Contract.of(str(file))
    assert load_contract(file).origin == str(file)
    assert load_contract(file).checks[0].at == f"{file}:9"
    assert Contract.of(Elsewhere()).checks[0].at == "s3://bucket/flights.yaml:9"


def test_a_contract_is_itself() -> None:
    contract = Contract(name="x")

    assert Contract.of(contract) is contract


def test_a_dict_says_the_same_as_yaml() -> None:
    given = {
        "version": 1,
        "contract": "x",
        "columns": {"a": {"accepted_values": ("u", "v"), "between": {"min": date(2024, 1, 1)}}},
        "labels": {"column": "y", "prior": {"expected": {True: 0.5, False: 0.5}, "fail": 0.1}},
    }
    text = """
version: 1
contract: x
columns: {a: {accepted_values: [u, v], between: {min: 2024-01-01}}}
labels: {column: y, prior: {expected: {true: 0.5, false: 0.5}, fail: 0.1}}
"""

    assert Contract.of(given).digest == Contract.of(text).digest
    assert Contract.of(given).origin == "<dict>"
    assert {check.at for check in Contract.of(given).checks[1:]} == {"<dict>"}


def test_python_says_the_same_as_yaml() -> None:
    built = Contract(
        name="x",
        checks=[
            RowCount(fail=(1, None)),
            AcceptedValues(column="a", values=["u"]),
            Rule(id="r", rule="a > b", warn=0.1),
        ],
        key="id",
        time="at",
    )
    text = """
version: 1
contract: x
schema: {required_columns: allow}
dataset: {key: id, time: at}
columns: {a: {accepted_values: [u]}}
rows: [{id: r, rule: a > b, warn: 0.1}]
"""

    assert built.digest == Contract.of(text).digest
    assert built.origin == "<python>"


def test_the_digest_changes_with_what_is_required_and_not_with_where_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text("# moved by a line\n" + FLIGHTS)

    assert load_contract(file).digest == Contract.of(FLIGHTS).digest
    assert Contract.of(FLIGHTS.replace("0.06", "0.07")).digest != Contract.of(FLIGHTS).digest
    assert len(Contract.of(FLIGHTS).digest) == 12


def test_a_table_wide_freshness_built_in_python_takes_the_column_of_time() -> None:
    contract = Contract(name="x", checks=[Freshness(fail="1h")], time="at", allow_empty=True)

    assert contract.checks == (Freshness(column="at", fail=1),)


def test_ids_are_unique_in_a_contract_built_in_python() -> None:
    with pytest.raises(ContractError) as refused:
        Contract(name="x", checks=[Between(column="a", min=1), Between(column="a", max=2), Freshness(fail=1)])

    assert str(refused.value) == (
        "<python>: checks[2]: needs a column of time. Set dataset.time, or move 'freshness' under its column\n"
        "<python>: checks[1]: id 'a.between' is taken by the check at checks[0]. Give one of them another 'id'"
    )


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for given in ("nowhere.yaml", tmp_path / "nowhere.yaml"):
        with pytest.raises(ContractError) as refused:
            Contract.of(given)

        assert str(refused.value) == (
            f"{given}: cannot be read: no such file. Give a path, YAML text, a dict or a Contract"
        )


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_bytes(b"version: 1\n\xff")

    with pytest.raises(ContractError) as refused:
        Contract.of(file)

    assert str(refused.value) == (
        f"{file}: cannot be read: byte 11 is not UTF-8. Give a path, YAML text, a dict or a Contract"
    )


def test_a_folder_is_no_contract(tmp_path: Path) -> None:
    with pytest.raises(ContractError) as refused:
        Contract.of(tmp_path)

    assert str(refused.value) == (
        f"{tmp_path}: cannot be read: Is a directory. Give a path, YAML text, a dict or a Contract"
    )


def test_anything_else_is_a_wrong_call() -> None:
    with pytest.raises(UsageError) as refused:
        Contract.of(5)

    assert str(refused.value) == "a contract cannot be read from int. Give a path, YAML text, a dict or a Contract"


@pytest.mark.parametrize(
    ("drift", "checks"),
    [
        ("{}", ["drift"]),
        ("{reference: train}", ["drift"]),
        ("{columns: all}", ["drift"]),
        ("{dependence_stable: {}}", ["dependence_stable"]),
        ("{reference: train, dependence_stable: {}}", ["dependence_stable"]),
        ("{reference: train, fidelity: {}, domain_classifier: {source: real}}", ["domain_classifier", "fidelity"]),
        ("{dependence_stable: {}, columns: all}", ["dependence_stable", "drift"]),
        ("{dependence_stable: {}, fail: 0.3}", ["dependence_stable", "drift"]),
    ],
)
def test_drift_of_every_column_stands_alone_or_by_an_option_of_its_own(drift: str, checks: list[str]) -> None:
    contract = Contract.of(f"version: 1\ncontract: x\ndrift: {drift}\n")

    assert [check.name() for check in contract.checks if check.name() != "row_count"] == checks
