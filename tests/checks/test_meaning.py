"""Values of the right type that mean something else: scale, dates, vocabulary, spikes, swapped columns."""

from __future__ import annotations

import random
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from airflow_mlquality.audit import audit, take_profile
from airflow_mlquality.checks import (
    Check,
    DateMeaning,
    DefaultSpike,
    OnScale,
    ScaleStable,
    SwappedColumns,
    Vocabulary,
)
from airflow_mlquality.contract import Contract
from airflow_mlquality.trial import MOMENT, trial

if TYPE_CHECKING:
    from airflow_mlquality.verdict import Verdict

DRAWN = random.Random(1)  # noqa: S311  no secret
FARES = [round(DRAWN.lognormvariate(2, 0.6), 2) for _ in range(3_000)]


def judged(check: Check, rows: dict[str, list[Any]], reference: dict[str, list[Any]], *shown: str) -> Verdict:
    """Return the verdict on rows, where the values of some columns may be shown."""
    contract = Contract(name="meaning", checks=(check,), samples=frozenset(shown), allow_empty=True)
    report = audit(contract, pa.table(rows), reference=pa.table(reference), as_of=MOMENT)
    return next(verdict for verdict in report.verdicts if verdict.check == check.name())


# ---- scale ----


def test_kilometres_for_miles_are_named() -> None:
    verdict = judged(ScaleStable(column="x"), {"x": [1.609344 * each for each in FARES]}, {"x": FARES})

    assert verdict.reason.endswith("all rows: times 1.609344 (miles to kilometres)")


def test_fahrenheit_for_celsius_is_named() -> None:
    celsius = [DRAWN.gauss(12, 8) for _ in range(3_000)]

    verdict = judged(ScaleStable(column="x"), {"x": [1.8 * each + 32 for each in celsius]}, {"x": celsius})

    assert verdict.reason.endswith("all rows: Celsius to Fahrenheit")


def test_a_plain_profile_suffices_as_reference_of_scale() -> None:
    contract = Contract(name="meaning", checks=(ScaleStable(column="x"),))
    profile = take_profile(pa.table({"x": FARES}))

    report = audit(contract, pa.table({"x": [100 * each for each in FARES]}), reference=profile)

    assert report.verdicts[-1].reason.endswith("all rows: times 100")


def test_a_segment_in_another_unit_is_named_though_the_whole_moved_little() -> None:
    vendors = ["a", "b", "c", "d"] * 750
    moved = [1.609344 * fare if vendor == "b" else fare for fare, vendor in zip(FARES, vendors, strict=True)]

    verdict = judged(ScaleStable(column="x", by="v"), {"x": moved, "v": vendors}, {"x": FARES, "v": vendors}, "v")

    assert verdict.observed == 0.25
    assert verdict.reason.endswith("all rows of v b: times 1.609344 (miles to kilometres)")


def test_a_segment_is_not_shown_where_the_contract_does_not_allow_it() -> None:
    vendors = ["secret", "other"] * 1_500
    moved = [100 * fare if vendor == "secret" else fare for fare, vendor in zip(FARES, vendors, strict=True)]

    verdict = judged(ScaleStable(column="x", by="v"), {"x": moved, "v": vendors}, {"x": FARES, "v": vendors})

    assert "secret" not in str(verdict.to_json())


def test_rows_that_slipped_are_counted_by_factor_and_segment_and_shown() -> None:
    rows: dict[str, list[Any]] = {
        "fare": [10.0, 2000.0, 3.0, 100.0],
        "miles": [10.0, 20.0, 30.0, 10.0],
        "v": ["a", "b", "a", "b"],
    }

    verdict = judged(OnScale(column="fare", expected="miles", within=(0.5, 2), by="v"), rows, rows, "v")

    assert verdict.evidence["violating"] == 3
    assert {(each["factor"], each["segment"], each["rows"]) for each in verdict.evidence["groups"]} == {
        (100, "b", 1),
        (10, "b", 1),
        (0.1, "a", 1),
    }
    assert [example.where for example in verdict.examples] == ["row 2", "row 3", "row 4"]


# ---- vocabulary ----


def test_the_mapping_is_the_answer_where_values_may_be_shown() -> None:
    before, now = {"x": ["N"] * 900 + ["Y"] * 100}, {"x": ["No"] * 890 + ["Yes"] * 110}

    assert judged(Vocabulary(column="x"), now, before, "x").evidence["mapping"] == {"N": "No", "Y": "Yes"}


def test_the_mapping_is_masked_where_values_may_not_be_shown() -> None:
    before, now = {"x": ["Anna"] * 900 + ["Bert"] * 100}, {"x": ["ANNA"] * 890 + ["BERT"] * 110}

    verdict = judged(Vocabulary(column="x"), now, before)

    assert verdict.evidence["mapping"] == {}
    assert [each["old"] for each in verdict.evidence["matches"]] == ["'Xxxx'", "'Xxxx'"]
    assert not {"Anna", "ANNA", "Bert", "BERT"} & set(str(verdict.to_json()).replace("'", " ").split())


def test_numbers_that_became_words_are_mapped() -> None:
    before, now = {"x": [1] * 700 + [2] * 300}, {"x": ["CRD"] * 690 + ["CSH"] * 310}

    assert judged(Vocabulary(column="x"), now, before, "x").evidence["mapping"] == {"1": "CRD", "2": "CSH"}


def test_a_merged_category_is_told_by_where_its_rows_went() -> None:
    before, now = {"x": ["EWR"] * 500 + ["JFK"] * 300 + ["LGA"] * 200}, {"x": ["EWR"] * 500 + ["JFK"] * 500}

    (match,) = judged(Vocabulary(column="x"), now, before, "x").evidence["matches"]

    assert (match["old"], match["new"], match["kind"]) == ("LGA", "JFK", "merged")


def test_a_category_whose_rows_are_missing_was_not_merged_into_the_one_that_is_left_most() -> None:
    before, now = {"x": ["EWR"] * 780 + ["JFK"] * 20 + ["LGA"] * 200}, {"x": ["EWR"] * 780 + ["JFK"] * 20}
    many, merged = {"x": before["x"] * 40}, {"x": (["EWR"] * 980 + ["JFK"] * 20) * 40}

    missing = judged(Vocabulary(column="x"), now, before, "x")
    assert missing.outcome.value == "fail"
    assert missing.evidence["matches"] == []
    assert missing.evidence["gone"] == [{"value": "LGA", "rows": 200}]
    assert judged(Vocabulary(column="x"), merged, many, "x").evidence["mapping"] == {"LGA": "EWR"}


def test_a_lost_segment_is_no_merge_however_many_rows_are_compared() -> None:
    before = {"x": (["a1"] * 6 + ["b2"] * 3 + ["c3"]) * 1_000}
    for times in (50, 1_000, 5_000):
        assert judged(Vocabulary(column="x"), {"x": (["a1"] * 2 + ["b2"]) * times}, before).evidence["matches"] == []


def test_one_of_two_words_is_merged_only_into_one_that_is_written_alike() -> None:
    unlike = judged(Vocabulary(column="x"), {"x": ["dog"] * 900}, {"x": ["dog"] * 800 + ["cat"] * 200}, "x")
    alike = judged(Vocabulary(column="x"), {"x": ["dog"] * 900}, {"x": ["dog"] * 800 + ["Dog"] * 200}, "x")

    assert unlike.evidence["mapping"] == {}
    assert alike.evidence["mapping"] == {"Dog": "dog"}


def test_words_that_were_merged_into_one_with_a_new_name_are_told() -> None:
    before = {"x": ["kn"] * 400 + ["ab"] * 350 + ["xy"] * 250}
    now = {"x": ["kn"] * 400 + ["both"] * 600}
    found = judged(Vocabulary(column="x"), now, before, "x").evidence["matches"]

    assert {each["new"] for each in found} == {"both"}


def test_a_column_of_very_many_values_has_no_vocabulary() -> None:
    names = {"x": [f"name {each}" for each in range(3_000)]}

    assert judged(Vocabulary(column="x"), names, names).cause == "wrong_type"


# ---- dates ----


def test_swapped_days_are_told_from_the_future() -> None:
    check = DateMeaning(column="x", oldest="31d")

    assert trial(check, x=[date(2026, 4, 1), date(2027, 1, 31), date(1926, 1, 20)]).verdict.evidence["faults"] == {
        "day and month swapped": 1,
        "of the future": 1,
        "of another century": 1,
    }


def test_many_months_without_a_day_after_the_twelfth_are_swapped() -> None:
    days = [date(2025, 1, 1) + timedelta(days=each) for each in range(365)]
    swapped = [date(day.year, day.day, day.month) for day in days if day.day <= 12]

    assert trial(DateMeaning(column="x"), x=swapped).verdict.observed == 1
    assert trial(DateMeaning(column="x"), x=days).verdict.observed == 0


def test_first_days_of_months_are_not_swapped() -> None:
    assert trial(DateMeaning(column="x"), x=[date(2025, month, 1) for month in range(1, 13)] * 20).verdict.observed == 0


def test_milliseconds_among_seconds_are_told() -> None:
    seconds = [1_700_000_000 + each for each in range(98)]

    verdict = trial(DateMeaning(column="x"), x=[*seconds, 1_700_000_000_000, 1_700_000_000_001]).verdict

    assert verdict.reason.endswith("(2 of 100 rows), above fail 0; 2 % epoch_ms")


def test_a_form_that_the_reference_has_not_is_told() -> None:
    rows = {"x": ["2026-01-30"] * 9 + ["30.01.2026"]}

    assert judged(DateMeaning(column="x"), rows, {"x": ["2026-01-01"] * 20}).observed == 0.1


# ---- spikes ----


def test_a_frozen_column_is_named() -> None:
    verdict = judged(DefaultSpike(column="x"), {"x": [7.5] * 500}, {"x": FARES})

    assert verdict.reason.endswith("frozen")


def test_ages_rounded_to_tens_are_heaped() -> None:
    ages = [DRAWN.randint(18, 80) for _ in range(4_000)]

    verdict = judged(DefaultSpike(column="x"), {"x": [each // 10 * 10 for each in ages]}, {"x": ages})

    assert {each["kind"] for each in verdict.evidence["values"]} >= {"heaped"}
    assert verdict.outcome == "fail"


# ---- swapped columns ----


def test_swapped_categories_are_named() -> None:
    before = {"a": ["x", "y"] * 300, "b": ["u", "v"] * 300}

    verdict = judged(SwappedColumns(), {"a": before["b"], "b": before["a"]}, before)

    assert verdict.reason.endswith("'a' holds what 'b' held, and 'b' what 'a' held")


def test_two_columns_that_both_drifted_are_not_swapped() -> None:
    before = {"a": FARES, "b": [fare + 100 for fare in FARES]}

    now = {"a": [fare * 3 for fare in FARES], "b": [fare + 130 for fare in FARES]}

    assert judged(SwappedColumns(), now, before).observed == 0


def test_swapped_dates_are_named_though_time_went_on() -> None:
    def people(first: date) -> dict[str, list[Any]]:
        joined = [first + timedelta(days=each % 28) for each in range(800)]
        ages = [timedelta(days=9_000 + 37 * (each % 300)) for each in range(800)]
        return {"joined": joined, "born": [day - age for day, age in zip(joined, ages, strict=True)]}

    before, now = people(date(2025, 1, 1)), people(date(2025, 2, 1))

    assert judged(SwappedColumns(), now, before).observed == 0
    verdict = judged(SwappedColumns(), {"joined": now["born"], "born": now["joined"]}, before)
    assert verdict.reason.endswith("'joined' holds what 'born' held, and 'born' what 'joined' held")


def test_four_hundred_long_texts_are_mapped_in_seconds() -> None:
    texts = ["".join(DRAWN.choices("abcdefghij klmnop", k=300)) for _ in range(400)]
    before = {"x": texts * 5}
    started = time.process_time()

    same = judged(Vocabulary(column="x"), {"x": [text.upper() for text in texts] * 5}, before, "x")
    judged(Vocabulary(column="x"), {"x": [text[::-1] for text in texts] * 5}, before, "x")

    assert len(same.evidence["mapping"]) == 400
    assert time.process_time() - started < 60


def test_a_swapped_day_is_told_by_the_partition_of_its_row() -> None:
    check = DateMeaning(column="sold", every="7d")
    sold = [(2024, 2, 26), (2024, 3, 3), (2024, 2, 3), (2024, 3, 4), (2024, 2, 25), (1924, 2, 27)]
    rows = {"sold": [date(*each) for each in sold], "week": [date(2024, 2, 26)] * len(sold)}
    contract = Contract(name="sales", checks=(check,), partition="week", allow_empty=True)

    verdict = audit(contract, pa.table(rows), as_of=MOMENT).verdicts[-1]

    assert verdict.evidence["faults"] == {
        "day and month swapped": 1,
        "of the future": 1,
        "too old": 1,
        "of another century": 1,
    }
    assert [example.where for example in verdict.examples] == ["row 3", "row 4", "row 5", "row 6"]


def test_a_partition_may_be_written_as_text() -> None:
    check = DateMeaning(column="sold", every="1d")
    contract = Contract(name="sales", checks=(check,), partition="day", allow_empty=True)
    rows = {"sold": [date(2026, 2, 3), date(2026, 3, 2), date(2026, 2, 3)], "day": ["2026-02-03", "2026-02-03", None]}

    verdict = audit(contract, pa.table(rows), as_of=MOMENT).verdicts[-1]

    assert verdict.reason.endswith("(1 of 2 rows), above fail 0; 50 % day and month swapped")
