"""How columns changed, and which was renamed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import SchemaStable
from airflow_mlquality.contract import Contract
from airflow_mlquality.trial import trial


def kinds(now: dict[str, Any], was: dict[str, Any], **options: Any) -> dict[str, int]:
    found: dict[str, int] = trial(SchemaStable(**options), **now, reference=was).verdict.evidence["kinds"]
    return found


def test_wider_types_do_not_break_and_narrower_do() -> None:
    whole, broken = {"x": [1, 2], "y": [0]}, {"x": [1.5, 2.0], "y": [0]}
    whole["y"] = broken["y"] = [1, 2]

    assert kinds(broken, whole) == {"widened": 1}
    assert kinds(whole, broken) == {"narrowed": 1}


def test_another_order_is_told_and_counts_only_where_it_is_asked() -> None:
    assert kinds({"b": [1], "a": [2]}, {"a": [1], "b": [2]}) == {"reordered": 1}
    verdict = trial(SchemaStable(breaking=["reordered"]), b=[1], a=[2], reference={"a": [1], "b": [2]}).verdict
    assert verdict.outcome.value == "fail"


def test_a_field_of_a_struct_that_changed_is_a_change_of_type() -> None:
    assert kinds({"x": [{"a": 1, "b": 2}]}, {"x": [{"a": 1}]}) == {"retyped": 1}


def test_a_column_that_had_no_value_has_no_type_to_change() -> None:
    assert kinds({"x": ["a"]}, {"x": [None]}) == {}


def test_a_renamed_column_is_found_among_others_by_its_values() -> None:
    draw = np.random.default_rng(3)

    def table(names: list[str], rows: int) -> pa.Table:
        columns = [draw.normal(40, 12, rows), draw.normal(3, 1, rows), draw.exponential(900, rows)]
        columns += [draw.integers(0, 50, rows).astype(str), draw.integers(0, 2**40, rows).astype(str)]
        return pa.table(dict(zip(names, columns, strict=True)))

    was = table(["age", "rooms", "income", "zip", "id"], 2000)
    now = table(["years", "n_rooms", "salary", "area", "key"], 3000)
    report = audit(Contract(name="people", checks=[SchemaStable()]), now, reference=was)
    changes = {each["column"]: each["told"].split("'")[3] for each in report.verdicts[1].evidence["changes"]}

    assert changes == {"age": "years", "rooms": "n_rooms", "income": "salary", "zip": "area", "id": "key"}


def test_columns_of_other_laws_are_not_taken_for_renamed() -> None:
    draw = np.random.default_rng(4)
    taken = 0
    for _ in range(40):
        one, two = (draw.normal(draw.uniform(-50, 50), draw.uniform(1, 20), 500) for _ in range(2))
        found = kinds({"k": [1] * 500, "b": list(two)}, {"k": [1] * 500, "a": list(one)})
        taken += "renamed" in found
    assert taken <= 2


def test_without_recognition_a_rename_is_a_removal_and_an_addition() -> None:
    assert kinds({"b": [1]}, {"a": [1]}, renames=False) == {"removed": 1, "added": 1}


def test_a_stored_profile_suffices_as_reference() -> None:
    was = audit(Contract(name="any", checks=[], allow_empty=True), pa.table({"fare": [2.5, 9.0]}), whole_profile=True)
    verdict = audit(
        Contract(name="any", checks=[SchemaStable()]), pa.table({"price": [2.5, 9.0]}), reference=was.profile
    ).verdicts[1]

    assert verdict.evidence["kinds"] == {"renamed": 1}


def test_it_stands_under_schema() -> None:
    contract = Contract.of("{version: 1, contract: any, schema: {schema_stable: true}}")

    assert [check.name() for check in contract.checks if check.scope == "schema"] == ["schema_stable"]
