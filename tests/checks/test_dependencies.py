"""What columns say of each other: dependencies, combinations, sums."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_mlquality.checks import CombinationsKnown, Determines, ImpossibleTogether, SumsTo
from airflow_mlquality.contract import Contract
from airflow_mlquality.trial import trial

pairs = st.lists(st.tuples(st.sampled_from([1, 2, 3, None]), st.sampled_from(["a", "b", None])), min_size=1)


@given(rows=pairs)
def test_the_error_of_a_dependency_is_the_least_share_of_rows_to_change(rows: list[tuple[Any, Any]]) -> None:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for one, two in rows:
        if one is not None and two is not None:
            groups[one].append(two)
    judged = sum(map(len, groups.values()))
    kept = sum(Counter(values).most_common(1)[0][1] for values in groups.values())

    verdict = trial(Determines(by=["x"], determines="y"), x=[x for x, _ in rows], y=[y for _, y in rows]).verdict

    if any(len(values) > 1 for values in groups.values()):
        assert verdict.observed == (judged - kept) / judged
    else:
        assert verdict.outcome.value == "undecided"


def test_an_interval_decides_only_as_a_whole() -> None:
    check = Determines(by=["zip"], determines="city", confidence=0.99, fail=0.1)

    few = trial(check, zip=[1] * 20, city=["Ulm"] * 19 + ["Bonn"])
    many = trial(check, zip=[1] * 2000, city=["Ulm"] * 1900 + ["Bonn"] * 100)
    bad = trial(check, zip=[1] * 2000, city=["Ulm"] * 1500 + ["Bonn"] * 500)

    assert [each.verdict.outcome.value for each in (few, many, bad)] == ["undecided", "pass", "fail"]
    assert few.verdict.cause == "too_small"


def test_several_columns_determine_together() -> None:
    check = Determines(by=["country", "zip"], determines="city")

    assert trial(check, country=["DE", "FR", "DE"], zip=[1, 1, 1], city=["Ulm", "Lyon", "Ulm"]).verdict.observed == 0


def test_a_list_of_values_means_any_of_them_and_null_means_null() -> None:
    check = ImpossibleTogether(impossible_together=[{"state": ["lost", "cancelled"], "arrived": None}])

    assert (
        trial(check, state=["lost", "cancelled", "sent", "lost"], arrived=[None, 1, None, 2]).verdict.observed == 0.25
    )


def test_a_new_combination_of_few_rows_is_too_rare_to_tell() -> None:
    was = {"sex": ["f", "m"] * 10 + ["f"], "ward": ["heart", "heart"] * 10 + ["birth"]}
    found = trial(CombinationsKnown(combinations_known=["sex", "ward"]), sex=["m"], ward=["birth"], reference=was)

    assert (found.verdict.outcome.value, found.verdict.cause) == ("undecided", "too_small")


def test_a_new_value_is_no_new_combination() -> None:
    was = {"sex": ["f", "m"] * 50, "ward": ["heart"] * 100}
    now = {"sex": ["f", "m"] * 50, "ward": ["skin"] * 100}

    assert trial(CombinationsKnown(combinations_known=["sex", "ward"]), **now, reference=was).verdict.observed == 0


@pytest.mark.parametrize(("parts", "observed"), [([0.1, 0.2], 0.0), ([0.1, 0.21], 1.0), ([float("nan"), 0.2], 1.0)])
def test_the_rounding_of_doubles_is_no_difference_and_nan_is_one(parts: list[float], observed: float) -> None:
    found = trial(SumsTo(parts=["a", "b"], sums_to="c"), a=[parts[0]], b=[parts[1]], c=[0.3])

    assert found.verdict.observed == observed


def test_text_adds_up_to_nothing() -> None:
    assert str(trial(SumsTo(parts=["a"], sums_to="b"), a=["1"], b=[1])) == (
        "undecided: share of rows whose 'a' is not 'b': 'a' is string and no number"
    )


def test_they_stand_under_rows() -> None:
    contract = Contract.of("""
version: 1
contract: orders
rows:
  - {by: zip, determines: city, fail: 0.01}
  - {parts: [net, tax], sums_to: gross, tolerance: 0.01}
  - {id: paid, impossible_together: [{state: cancelled, paid: true}]}
  - combinations_known: [sex, ward]
""")

    ids = [check.verdict_id for check in contract.checks if check.scope == "rows"]
    assert ids == ["zip determines city", "net + tax = gross", "paid", "combinations of sex, ward"]
