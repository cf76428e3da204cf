"""Documents in the store are whole, found again, and never outside its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from airflow_mlquality.audit import audit, take_profile
from airflow_mlquality.checks import NotNull
from airflow_mlquality.contract import Contract
from airflow_mlquality.errors import StoreError
from airflow_mlquality.store import Store, segment

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_mlquality.report import Report

ROWS = pa.table({"x": [1, 2, None]})
TASK = {"dag_id": "d/1", "task_id": "g.gate", "run_id": "manual__2026-01-01T00:00:00+00:00", "map_index": "3"}


def report(**subject: str) -> Report:
    return audit(Contract(name="rows", checks=[NotNull(column="x")]), ROWS, subject=subject)


def test_a_report_comes_back_as_it_was(tmp_path: Path) -> None:
    store = Store(tmp_path)
    written = report()

    assert store.read_report(store.write_report(written)).to_json() == written.to_json()


def test_the_tries_of_a_task_are_found_in_their_order(tmp_path: Path) -> None:
    store = Store(tmp_path)
    addresses = [store.write_report(report(**TASK, try_number=str(number))) for number in (2, 10, 1)]

    found = store.report_addresses(TASK["dag_id"], TASK["task_id"], TASK["run_id"], 3)

    assert found == [addresses[2], addresses[0], addresses[1]]


def test_a_task_without_report_has_none(tmp_path: Path) -> None:
    assert Store(tmp_path / "none").report_addresses("d", "t", "r") == []


def test_the_newest_profile_of_a_name_is_the_reference(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.write_profile("train", take_profile(pa.table({"x": [1]})))
    store.write_profile("train", take_profile(ROWS))

    latest = store.latest_profile("train")

    assert latest is not None
    assert latest.rows == 3
    assert store.latest_profile("serve") is None


def test_the_newest_profile_of_a_part_is_found_and_is_no_reference_of_the_name(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write_part("train", take_profile(pa.table({"x": [1]}), part="day=1"))
    address = store.write_part("train", take_profile(ROWS, part="day=1"))

    found = store.latest_part("train", "day=1")

    assert found is not None
    assert (found[0], found[1].rows) == (address, 3)
    assert store.latest_part("train", "day=2") is None
    assert store.latest_profile("train") is None


def test_a_store_on_object_storage_works_alike() -> None:
    from upath import UPath

    store = Store(UPath("memory://store-test"))

    address = store.write_report(report(**TASK, try_number="1"))

    assert store.report_addresses(TASK["dag_id"], TASK["task_id"], TASK["run_id"], 3) == [address]
    assert store.read_report(address).outcome.value == "fail"


@pytest.mark.parametrize("address", ["../secret.json", "runs/../../secret.json", "", "runs//x.json", "runs/none.json"])
def test_an_address_outside_the_store_or_of_nothing_is_no_report(address: str, tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")

    with pytest.raises(StoreError) as refused:
        Store(tmp_path / "store").read_report(address)

    assert str(refused.value) == f"store: there is no report at {address}"


def test_no_half_document_is_ever_listed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    address = store.write_report(report(**TASK, try_number="1"))
    folder = (tmp_path / address).parent
    (folder / ".0001-half.json.half").write_text("{")

    assert store.report_addresses(TASK["dag_id"], TASK["task_id"], TASK["run_id"], 3) == [address]


@pytest.mark.parametrize("name", ["a/b", "..", ".", "a%2Fb", "ü", "a b", "~"])
def test_a_name_is_one_safe_segment(name: str) -> None:
    assert "/" not in segment(name)
    assert segment(name) not in ("", ".", "..")


def test_a_store_that_is_a_file_is_not_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(StoreError, match=r"store .*file cannot be read \(NotADirectoryError: "):
        Store(tmp_path / "file").addresses(["history", "d", "gate"])
