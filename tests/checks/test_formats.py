"""What each named form takes and refuses, and check digits against the arithmetic of Python."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import Format, NoPersonalData
from airflow_mlquality.checks.values.codes import COUNTRIES_2, COUNTRIES_3, LANGUAGES
from airflow_mlquality.contract import Contract
from airflow_mlquality.errors import ContractError
from airflow_mlquality.trial import trial

TAKEN: dict[str, list[object]] = {
    "email": ["a@b.co", "first.last+tag@sub.example.com", "o'neil@example.org", "x@xn--bcher-kva.example"],
    "uuid": ["123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-426614174000"],
    "url": ["https://example.com", "http://localhost:8080/a?b=c#d", "ftp://u@h.example/x", "http://[::1]/"],
    "country_alpha2": ["DE", "NA", "US"],
    "country_alpha3": ["DEU", "USA"],
    "currency": ["EUR", "USD", "JPY"],
    "language": ["de", "en"],
    "iban": ["DE89370400440532013000", "MT84MALT011000012345MTLCAST001S", "NO9386011117947"],
    "iban_shape": ["DE00370400440532013000"],
    "latitude": [-90, 0, 90, 48.4],
    "longitude": ["-180", "180.0", "0"],
    "clock_time": [0, 5, 59, 100, 1430, 2359, 2400],
    "%Y-%m-%d": ["2024-02-29", "1999-12-31"],
    "%d.%m.%Y %H:%M": ["29.02.2024 23:59"],
    "%d %b %y": ["01 Jan 26"],
    "%m/%Y": ["12/2026"],
    "%Y%%": ["2026%"],
}
REFUSED: dict[str, list[object]] = {
    "email": ["", "a@b", "a b@c.de", ".a@b.de", "a..b@c.de", "a@b.de\n", "a@-b.de", "@b.de"],
    "uuid": ["123e4567e89b12d3a456426614174000", "g23e4567-e89b-12d3-a456-426614174000"],
    "url": ["example.com", "https://", "https://a b.de", "javascript:alert(1)"],
    "country_alpha2": ["us", "XK", "USA", ""],
    "country_alpha3": ["XXX", "usa"],
    "currency": ["eur", "HRK", "EURO"],
    "language": ["DE", "eng"],
    "iban": ["DE89370400440532013001", "de89370400440532013000", "DE89 3704 0044 0532 0130 00", "DE8937040"],
    "iban_shape": ["D089370400440532013000"],
    "latitude": [-90.1, 91, float("nan"), float("inf")],
    "longitude": ["181", "east", "", "nan"],
    "clock_time": [-1, 60, 1475, 2401, 2460, 9999],
    "%Y-%m-%d": ["2023-02-29", "2024-13-01", "2024-1-1", "24-01-01", "2024-01-01 ", ""],
    "%d.%m.%Y %H:%M": ["31.04.2024 10:00", "01.01.2024 24:00"],
    "%d %b %y": ["01 jan 26"],
    "%m/%Y": ["13/2026"],
    "%Y%%": ["2026"],
}


def refused(values: dict[str, list[object]]) -> dict[str, int]:
    """Return how many values of each form are not of it, all judged at once."""
    longest = max(len(each) for each in values.values())
    table = pa.table({form: [*each, *[None] * (longest + 1 - len(each))] for form, each in values.items()})
    checks = [Format(column=form, form=form) for form in values]
    verdicts = audit(Contract(name="forms", checks=checks), table).verdicts
    return {each.place: each.evidence["violating"] for each in verdicts if each.check == "format"}


def test_a_form_takes_what_is_of_it() -> None:
    assert refused(TAKEN) == dict.fromkeys(TAKEN, 0)


def test_a_form_refuses_everything_else() -> None:
    assert refused(REFUSED) == {form: len(values) for form, values in REFUSED.items()}


def test_a_clock_time_may_be_text() -> None:
    assert refused({"clock_time": ["9:30", "09:30", "23:59:59", "24:00", "14:30:15.25"]}) == {"clock_time": 0}
    assert refused({"clock_time": ["24:01", "9.30", "12:60", "1430", ""]}) == {"clock_time": 5}


def test_lists_of_codes_are_as_long_as_the_standards() -> None:
    assert [len(set(codes)) for codes in (COUNTRIES_2, COUNTRIES_3, LANGUAGES)] == [249, 249, 183]


@pytest.mark.parametrize("form", ["emial", "%Q", "%Y-%", ""])
def test_a_form_that_is_not_known_is_an_error_of_the_contract(form: str) -> None:
    with pytest.raises(ContractError):
        Contract.of({"version": 1, "contract": "c", "columns": {"x": {"format": form}}})


def test_a_column_of_a_type_without_the_form_is_undecided() -> None:
    verdict = trial(Format(column="x", form="email"), x=[1]).verdict

    assert (verdict.cause, verdict.reason) == (
        "wrong_type",
        "format of x: 'x' is integer, and an e-mail address is none",
    )


def iban(country: str, rest: str) -> str:
    """Return an account with its check digits, worked out by Python."""
    number = int("".join(str(int(each, 36)) for each in f"{rest}{country}00"))
    return f"{country}{98 - number % 97:02}{rest}"


accounts = st.builds(
    iban,
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2),
    st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=11, max_size=30),
)


@settings(max_examples=5, deadline=None)
@given(st.lists(accounts, min_size=1, max_size=40), st.integers(0, 9))
def test_check_digits_of_accounts_are_those_of_python(numbers: list[str], other: int) -> None:
    wrong = [each[:-1] + str(other) for each in numbers if each[-1].isdigit() and int(each[-1]) != other]

    assert refused({"iban": [*numbers, *wrong]}) == {"iban": len(wrong)}


def luhn(digits: str) -> bool:
    """Return whether the check digit of a card fits, worked out by Python."""
    turned = [int(each) for each in reversed(digits)]
    return sum(each if place % 2 == 0 else sum(divmod(2 * each, 10)) for place, each in enumerate(turned)) % 10 == 0


@settings(max_examples=5, deadline=None)
@given(st.lists(st.text("0123456789", min_size=12, max_size=15), min_size=1, max_size=40, unique=True))
def test_check_digits_of_cards_are_those_of_python(bodies: list[str]) -> None:
    cards = [next(f"4{body}{last}" for last in range(10) if luhn(f"4{body}{last}")) for body in bodies]
    wrong = [f"{card[:-1]}{(int(card[-1]) + 1) % 10}" for card in cards]
    found = [trial(NoPersonalData(column="x", kinds=["card"]), x=each).verdict.observed for each in (cards, wrong)]

    assert found == [1.0, 0.0]


@settings(max_examples=5, deadline=None)
@given(st.lists(st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)), min_size=1, max_size=30))  # noqa: DTZ001  naive
def test_what_python_writes_is_of_the_form(times: list[datetime]) -> None:
    forms = ("%Y-%m-%d", "%d.%m.%Y %H:%M:%S", "%Y%m%d", "%Y-%j", "%I:%M %p")
    written: dict[str, list[object]] = {form: [time.strftime(form) for time in times] for form in forms}

    assert refused(written) == dict.fromkeys(forms, 0)


def test_a_contract_names_forms_shortly() -> None:
    contract = Contract.of(
        {"version": 1, "contract": "c", "columns": {"x": {"format": "email"}, "y": {"format": {"form": "url"}}}}
    )
    report = audit(contract, pa.table({"x": ["a@b.de"], "y": ["x"]}))

    assert [each.outcome.value for each in report.verdicts if each.check == "format"] == ["pass", "fail"]
