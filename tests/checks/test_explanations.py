"""A verdict that does not pass says what changed, where, by how much, and what to do about it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import (
    AvailableWithin,
    ConflictingLabels,
    DateMeaning,
    DefaultSpike,
    Drift,
    ImpossibleTogether,
    Kpi,
    LabelMaturity,
    NoOverlap,
    OutlierShare,
    ProxyAgreement,
    Sentinels,
    Vocabulary,
)
from airflow_mlquality.checks.base import Check
from airflow_mlquality.contract import Contract
from airflow_mlquality.trial import MOMENT, trial
from airflow_mlquality.verdict import Verdict

CARDS = {"paid": ["card"] * 600 + ["cash"] * 300 + ["cheque"] * 100}


def shown(check: Check, samples: set[str], rows: dict[str, Any], reference: dict[str, Any] | None = None) -> Verdict:
    """Judge a check where values of some columns may be shown."""
    contract = Contract(name="shown", checks=(check,), samples=frozenset(samples))
    compared = None if reference is None else pa.table(reference)
    report = audit(contract, pa.table(rows), reference=compared, as_of=MOMENT)
    return next(verdict for verdict in report.verdicts if verdict.check == check.name())


def test_words_that_are_new_and_that_are_gone_are_named_with_their_share() -> None:
    check = Vocabulary(column="paid")
    gone = shown(check, {"paid"}, {"paid": ["card"] * 640 + ["cash"] * 320}, CARDS)
    new = shown(check, {"paid"}, {"paid": [*CARDS["paid"], *["crypto"] * 250]}, CARDS)

    assert gone.reason.endswith("0 new, 1 gone: cheque (gone, 10 %)")
    assert gone.advice == "see why values of 'paid' are gone: rows that were not delivered, or a value given up"
    assert new.reason.endswith("1 new, 0 gone: crypto (new, 20 %)")


def test_where_values_are_masked_the_advice_tells_what_shows_them() -> None:
    check = ProxyAgreement(column="label", proxy="said")
    labels = {"label": ["ant", "bee"] * 300, "said": ["bee", "ant"] * 300}
    masked, one, all_ = (shown(check, each, labels) for each in (set(), {"label"}, {"label", "said"}))

    way = "shows the values, where people may see them"
    assert masked.advice.endswith(f"; 'samples: allow' on 'label', 'said' {way}")
    assert one.advice.endswith(f"; 'samples: allow' on 'said' {way}")
    assert "samples" not in all_.advice
    assert "samples" not in trial(check, label=["ant", "bee"] * 300, said=["ant", "bee"] * 300).verdict.advice


def test_a_reason_without_values_needs_no_way_to_see_them() -> None:
    assert "samples" not in trial(Kpi(expression="sum(x)", fail=(0, 1)), x=[5]).verdict.advice


def test_a_date_outside_of_its_partition_is_called_so_and_moved() -> None:
    days = [date(2026, 1, 5)] * 8 + [date(2026, 1, 3), date(2026, 1, 9)]
    check = DateMeaning(column="sold", every="1d", partition="part")
    verdict = trial(check, sold=days, part=[date(2026, 1, 5)] * 10).verdict

    assert verdict.reason.endswith("10 % of a later partition, 10 % of an earlier partition")
    assert verdict.advice.startswith("move the rows to the partition of their 'sold'")


def test_the_advice_on_a_date_goes_by_what_is_wrong_with_it() -> None:
    check = DateMeaning(column="sold", oldest="31d")

    def advice(wrong: date) -> str:
        return trial(check, sold=[date(2026, 1, 15)] * 8 + [wrong] * 2).verdict.advice

    assert "the other way round" in advice(date(2026, 5, 1))
    assert "two digits" in advice(date(1926, 1, 15))
    assert "NULL" in advice(date(1970, 1, 1))
    assert "booked ahead" in advice(date(2027, 3, 20))
    assert "delivered late" in advice(date(2025, 7, 20))


def test_values_that_are_cut_off_at_a_round_number_are_no_heap() -> None:
    was, now = (np.round(np.random.default_rng(seed).lognormal(3, 0.6, 4000), 2) for seed in (1, 2))
    verdict = shown(DefaultSpike(column="price"), {"price"}, {"price": now.clip(max=30)}, {"price": was})

    assert "30.0 holds" in verdict.reason
    assert verdict.reason.endswith(": cut off")
    assert all(each["share"] > each["before"] for each in verdict.evidence["values"])


def test_values_rounded_to_tens_are_a_heap() -> None:
    was, now = (np.round(np.random.default_rng(seed).lognormal(3, 0.6, 4000), 2) for seed in (1, 2))
    verdict = trial(DefaultSpike(column="price"), price=now.round(-1), reference={"price": was}).verdict

    assert verdict.reason.endswith(": heaped")


def test_rows_of_equal_features_and_other_labels_are_shown_beside_each_other() -> None:
    rows = {"late": [0, 0, 1, 1, None], "hour": [7, 8, 7, 9, 7], "zone": ["a", "b", "a", None, "a"]}
    verdict = shown(ConflictingLabels(column="late"), {"late"}, rows)

    assert [(each.where, each.values) for each in verdict.examples] == [
        ("row 1", {"late": "0"}),
        ("row 3", {"late": "1"}),
    ]


def test_no_segment_carries_more_than_all_of_a_change() -> None:
    was = {"store": ["Ulm", "Bonn"] * 2000, "paid": [5, 5, 9, 9] * 1000}
    now = {"store": ["Ulm", "Bonn"] * 2000, "paid": [9, 5, 9, 9, 9, 5, 9, 5] * 500}
    check = Drift(reference="train", columns_=("paid",), segments=["store"], warn=0.02, fail=0.03)
    verdict = trial(check, **now, reference=was).verdict

    assert max(each["share"] for each in verdict.evidence["segments"][0]["rows"]) > 1
    assert "100 % of the change" in verdict.reason


def test_a_lag_that_chance_makes_of_missing_values_is_no_later_arrival() -> None:
    random = np.random.default_rng(3)

    def rows(lost: int) -> dict[str, Any]:
        at = [MOMENT - timedelta(minutes=30 * back) for back in range(2000)]
        return {"at": at, "paid": [1 if random.random() > 0.4 and back >= lost else None for back in range(2000)]}

    check = AvailableWithin(column="paid", time="at")
    was = rows(0)
    assert [trial(check, **rows(0), reference=was).verdict.outcome.value for _ in range(20)] == ["pass"] * 20
    late = trial(check, **rows(24), reference=was).verdict
    assert late.outcome.value == "fail"
    assert late.observed is not None
    assert late.observed >= 12
    assert late.evidence["chance_hours"] == 4


def test_the_advice_on_drift_tells_lost_values_from_moved_ones_and_how_to_find_the_segment() -> None:
    was = {"store": ["Ulm", "Bonn"] * 500, "paid": [5, 5, 9, 9] * 250}
    check = Drift(reference="train", columns_=("paid",))
    lost = trial(check, store=was["store"], paid=[None, 5, None, 9] * 250, reference=was).verdict
    moved = trial(check, store=was["store"], paid=[9, 9, 9, 9] * 250, reference=was).verdict
    by_store = trial(
        Drift(reference="train", columns_=("paid",), segments=["store"]),
        store=was["store"],
        paid=[9, 9, 9, 9] * 250,
        reference=was,
    ).verdict

    assert lost.advice.startswith("find where 'paid' is lost")
    assert moved.advice.startswith("see which cells of 'paid' moved")
    assert "`segments`" in moved.advice
    assert "`segments`" not in by_store.advice


def test_declared_codes_are_named_with_their_rows_the_most_frequent_first() -> None:
    check = Sentinels(column="age", values=[-1, -999, 0, "none"], fail=0.1)
    verdict = trial(check, age=[-1, -999, -999, 30, None]).verdict

    assert verdict.reason.endswith("(3 of 4 rows), above fail 0.1: -999 (2 rows), -1 (1 row)")
    assert verdict.evidence["codes"] == {"-999": 2, "-1": 1}


def test_of_very_many_declared_codes_only_all_rows_are_counted() -> None:
    verdict = trial(Sentinels(column="age", values=list(range(-30, 0))), age=[-1, 5]).verdict

    assert verdict.reason == "share of rows with a sentinel in 'age' is 0.5 (1 of 2 rows), above fail 0"


def test_each_of_several_impossible_combinations_is_counted() -> None:
    several = ({"a": 1, "b": "x"}, {"a": (2, 3), "b": None}, {"a": 9})
    rows = {"a": [1, 2, 3, 3, 4], "b": ["x", None, None, "y", "y"]}
    verdict = trial(ImpossibleTogether(impossible_together=several), **rows).verdict
    one = trial(ImpossibleTogether(impossible_together=several[:1]), **rows).verdict
    none = trial(ImpossibleTogether(impossible_together=several[2:] * 2), **rows).verdict

    assert verdict.reason.endswith("(3 of 5 rows), above fail 0; most: a 2 or 3, b null (2 rows)")
    assert verdict.evidence["combinations"] == [1, 2, 0]
    assert one.reason.endswith("(1 of 5 rows), above fail 0")
    assert none.reason.endswith("(0 of 5 rows), within fail 0")


def test_values_beyond_the_fences_are_shown_as_examples() -> None:
    far = ["inf", "-9000.0", "8000.0"]
    rows = {"pay": [*[float(each % 50) for each in range(200)], float("nan"), None, *map(float, far)]}
    declared = OutlierShare(column="pay", centre=25, spread=10, warn=0.001, fail=0.002)
    compared = OutlierShare(column="pay", warn=0.0001, fail=0.0002)

    assert [each.values["pay"] for each in shown(declared, {"pay"}, rows).examples] == far
    reference = {"pay": [float(each % 50) for each in range(2000)]}
    rows["pay"] = [*rows["pay"], *[7000.0] * 50]
    open_, masked = (shown(compared, samples, rows, reference).examples for samples in ({"pay"}, set()))
    assert [each.values["pay"] for each in open_] == [*far, "7000.0", "7000.0"]
    assert {each.values["pay"] for each in masked}.isdisjoint(far[1:])


def test_a_reason_about_rows_of_many_columns_names_only_a_few() -> None:
    rows: dict[str, Any] = {f"c{number}": [1, 2] for number in range(9)}
    whole = trial(NoOverlap(to="test"), **rows, test=rows).verdict
    most = trial(NoOverlap(to="test", except_=("c0",)), **rows, test=rows).verdict

    assert whole.reason == "share of rows that test holds too is 1 (2 of 2 rows), above fail 0"
    assert most.reason.startswith("share of rows with 'c1', 'c2', 'c3' and 5 more that test holds too is 1")
    assert (whole.place, most.place) == ("rows", "rows")


def test_ages_are_told_in_days_where_these_are_whole() -> None:
    told = [
        LabelMaturity(column="y", time="at", after=after, window=window).wrong
        for after, window in (("14d", None), ("1d", None), ("36h", None), ("1d", "12h"), ("7d", "7d"))
    ]

    assert [each.split(" old")[0] for each in told] == [
        "at least 14 days",
        "at least 1 day",
        "at least 36 hours",
        "24 to 36 hours",
        "7 to 14 days",
    ]
