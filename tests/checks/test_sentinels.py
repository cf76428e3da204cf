"""Which values are taken for missing ones, and which never are."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import Sentinels
from airflow_mlquality.contract import Contract
from airflow_mlquality.trial import trial

DAYS = [date(1960 + year, 5, 17) for year in range(30)]

CASES: dict[str, tuple[list[Any], dict[str, int]]] = {
    "a negative code where nothing else is negative": ([*range(90), -999, -999], {"-999": 2}),
    "a code that stands once": ([*range(90), -999], {}),
    "nines within the range of prices": ([*range(0, 5000, 7), 999, 999], {}),
    "nines just beyond the range": ([*range(999), 999, 999], {}),
    "nines far beyond ages": ([*range(16, 90), 999, 999, 999], {"999": 3}),
    "a code far from values of both signs": ([*range(-40, 40), -9999, -9999], {"-9999": 2}),
    "temperatures down to -99": ([*range(-98, 40), -99, -99], {}),
    "the end of an integer": ([1.5, 2.5, 2147483647.0, 2147483647.0, float("nan")], {"2147483647": 2}),
    "minus one is never looked for": ([0, 1, 2, -1, -1], {}),
    "words": (["on", "off", " N/A", "n/a", "", ""], {"": 2, "n/a": 2}),
    "codes of two letters": (["NA", "NA", "DE", "FR"], {}),
    "codes of several lengths": (["NA", "NA", "DE", "FRA"], {"na": 2}),
    "the day that spreadsheets begin with": ([*DAYS, date(1900, 1, 1), date(1900, 1, 1)], {"1900-01-01": 2}),
    "a birthday at the start of the epoch": ([*DAYS, date(1970, 1, 1), date(1970, 1, 1)], {}),
    "the last day there is": ([*DAYS, date(9999, 12, 31), date(9999, 12, 31)], {"9999-12-31": 2}),
}


def test_it_takes_for_codes_what_the_other_values_do_not_make_likely() -> None:
    longest = max(len(values) for values, _ in CASES.values())
    table = pa.table({name: [*values, *[None] * (longest - len(values))] for name, (values, _) in CASES.items()})
    report = audit(Contract(name="codes", checks=[Sentinels(column=name) for name in CASES]), table)

    found = {each.place: each.evidence["codes"] for each in report.verdicts if each.check == "sentinels"}
    assert found == {name: codes for name, (_, codes) in CASES.items()}


@pytest.mark.parametrize("values", [[-999, -999], ["n/a", "", "n/a"]])
def test_nothing_but_codes_is_undecided(values: list[Any]) -> None:
    verdict = trial(Sentinels(column="x"), x=values).verdict

    assert (verdict.outcome, verdict.cause) == ("undecided", "no_data")


def test_what_is_declared_always_counts_and_what_is_excepted_never() -> None:
    assert trial(Sentinels(column="x", values=[-1, "no"]), x=[-1, 0, 1]).verdict.observed == pytest.approx(1 / 3)
    assert (
        trial(Sentinels(column="x", **{"except": ["unknown"]}), x=["unknown", "unknown", "yes"]).verdict.observed == 0
    )


@settings(max_examples=8, deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(0.1, 1e5), st.integers(0, 10_000))
def test_values_of_an_even_law_are_never_taken_for_codes(start: float, width: float, seed: int) -> None:
    import numpy as np

    rng = np.random.default_rng(seed)
    values = [round(each) for each in rng.uniform(start, start + width, 500)]

    assert trial(Sentinels(column="x"), x=values).verdict.outcome == "pass"
