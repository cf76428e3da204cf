"""Drift says which segments carry it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import Drift
from airflow_mlquality.contract import Contract
from airflow_mlquality.report import Report
from airflow_mlquality.taking import take_profile
from airflow_mlquality.verdict import Outcome, Verdict

SHOPS = ["Ulm", "Bonn", "Köln", "Trier"]


def sales(rows: int, seed: int, moved: tuple[str, ...] = (), shops: list[str] | None = None, by: float = 3.0) -> Any:
    """Return prices per shop; those of some shops moved."""
    draw = random.Random(seed)  # noqa: S311  no secret
    shop = [draw.choice(shops or SHOPS) for _ in range(rows)]
    price = [draw.gauss(10, 1) + (by if each in moved else 0) for each in shop]
    return pa.table({"shop": shop, "price": price})


def contract(**options: Any) -> Contract:
    allowed = {"shop": {"type": "string", "samples": "allow"}}
    drift = {"columns": ["price"], "segments": "shop", **options}
    return Contract.of({"version": 1, "contract": "sales", "columns": allowed, "drift": drift})


def drift_of(report: Report) -> Verdict:
    return next(verdict for verdict in report.verdicts if verdict.check == "drift" and "price" in verdict.place)


def judged(current: Any, reference: Any, **options: Any) -> Verdict:
    return drift_of(audit(contract(**options), current, reference=reference))


def test_the_one_segment_that_moved_is_named() -> None:
    verdict = judged(sales(4_000, 1, moved=("Ulm",)), sales(8_000, 2))

    assert verdict.outcome is Outcome.FAIL
    assert "; most in shop Ulm: 9" in verdict.reason
    (told,) = verdict.evidence["segments"]
    rows = {each["segment"]: each for each in told["rows"]}
    assert set(rows) == set(SHOPS)
    assert sum(each["share"] for each in told["rows"]) + told["mix_share"] == pytest.approx(1)
    assert rows["Ulm"]["psi"] > 3
    assert rows["Bonn"]["psi"] < 0.05
    assert sum(each["current"] for each in told["rows"]) == 4_000


def test_a_drift_of_all_segments_alike_names_none() -> None:
    verdict = judged(sales(4_000, 1, moved=tuple(SHOPS)), sales(8_000, 2))

    assert verdict.reason.endswith("; no shop stands out")


def test_a_change_of_the_mix_alone_is_told_as_one() -> None:
    mixed = sales(4_000, 1, moved=("Ulm",), shops=["Ulm", "Ulm", "Ulm", "Bonn"], by=5)

    verdict = judged(mixed, sales(8_000, 2, moved=("Ulm",), by=5))

    assert "; the mix of shop makes 9" in verdict.reason
    assert "Ulm 25 % -> 7" in verdict.reason


def test_rows_without_segment_and_new_segments_have_places_of_their_own() -> None:
    late = sales(2_000, 3, moved=("Wien",), shops=["Ulm", "Wien"])
    lost = late.set_column(0, "shop", [[shop if at % 2 else None for at, shop in enumerate(late["shop"].to_pylist())]])

    verdict = judged(lost, sales(8_000, 2))

    labels = [each["segment"] for each in verdict.evidence["segments"][0]["rows"]]
    assert labels[-2:] == ["other values", "NULL"]


def test_segments_do_not_change_the_verdict_and_cost_nothing_when_they_are_not_asked_for() -> None:
    current, reference = sales(4_000, 1, moved=("Ulm",)), sales(8_000, 2)
    with_them, without = (audit(contract(segments=named), current, reference=reference) for named in (["shop"], []))

    one, other = drift_of(with_them), drift_of(without)

    assert (one.observed, one.interval, one.outcome) == (other.observed, other.interval, other.outcome)
    assert one.reason.startswith(other.reason)
    assert "segments" not in other.evidence
    assert with_them.cost.scans == without.cost.scans + 1


def test_a_number_tells_segments_by_its_ranges() -> None:
    def table(seed: int, shift: float) -> Any:
        draw = random.Random(seed)  # noqa: S311  no secret
        age = [draw.randint(20, 79) for _ in range(6_000)]
        return pa.table({"age": age, "price": [draw.gauss(0, 1) + (shift if each > 70 else 0) for each in age]})

    check = Drift(columns=["price"], segments=["age"])
    report = audit(Contract(name="ages", checks=(check,)), table(1, 6), reference=table(2, 0))

    (told,) = drift_of(report).evidence["segments"]
    heavy = [each for each in told["rows"] if each["share"] > 0.05]
    assert len(told["rows"]) <= 21
    assert all(each["segment"].startswith(("(7", "> 7", "(69")) for each in heavy), heavy


def test_a_missing_segment_column_leaves_the_verdict_and_says_so() -> None:
    verdict = judged(sales(4_000, 1, moved=tuple(SHOPS)), sales(8_000, 2), segments=["town"])

    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason.endswith("; segments of 'town' are not told: there is no such column")


def test_a_reference_without_counts_of_segments_leaves_the_verdict_and_says_so() -> None:
    verdict = judged(sales(4_000, 1, moved=tuple(SHOPS)), take_profile(sales(8_000, 2)))

    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason.endswith(
        "; segments of 'shop' are not told: the reference has no counts of them; give it as rows, or as a report of "
        "this contract"
    )


def test_a_profile_of_this_contract_holds_what_is_needed_and_comes_back_from_json() -> None:
    taken = take_profile(sales(8_000, 2), contract=contract())
    kept = type(taken).from_json(taken.to_json())

    verdict = judged(sales(4_000, 1, moved=("Ulm",)), kept)

    assert "; most in shop Ulm: 9" in verdict.reason


def test_names_of_segments_are_masked_unless_the_contract_allows_them() -> None:
    check = Drift(columns=["price"], segments=["shop"])

    report = audit(Contract(name="sales", checks=(check,)), sales(4_000, 1, moved=("Ulm",)), reference=sales(8_000, 2))

    assert "Ulm" not in str(drift_of(report).to_json())
    assert "; most in shop 'Xxx': 9" in drift_of(report).reason


# ---- importance ----


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("weights.json", '{"price": 1, "shop": 40, "age": -2}'),
        ("weights.csv", "feature,importance\nprice,1\nshop,40\nage,-2\n"),
    ],
)
def test_importance_may_come_from_a_file_and_is_divided_by_the_largest(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)

    check = Drift(importance=str(path))

    assert check.importance == {"price": 1 / 40, "shop": 1.0, "age": 0.0}


def test_a_file_may_name_more_features_than_are_compared(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    path.write_text('{"price": 2, "shop": 4}')

    verdict = judged(sales(4_000, 1, moved=tuple(SHOPS)), sales(8_000, 2), importance=str(path))

    assert verdict.evidence["importance"] == 0.5


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "cannot be read: No such file or directory"),
        ("[1, 2]", "is neither a JSON object"),
        ('{"price": "much"}', "is neither a JSON object"),
        ('{"price": 0}', "holds no importance above 0"),
        ('{"price": NaN}', "holds no importance above 0"),
    ],
)
def test_a_file_that_holds_no_weights_is_named(tmp_path: Path, text: str | None, why: str) -> None:
    path = tmp_path / "weights.json"
    if text is not None:
        path.write_text(text)

    with pytest.raises(ValidationError, match=why):
        Drift(importance=str(path))
