"""Personal data: what is found, what is not, and that no value of it is told on."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import AbsentColumns, NoPersonalData
from airflow_mlquality.checks.values.check_digits import CARD, card_fits
from airflow_mlquality.checks.values.forms import EMAIL
from airflow_mlquality.checks.values.personal_data import _GROUPED_IBAN, _PHONE, sounds_personal
from airflow_mlquality.contract import Contract
from airflow_mlquality.engines.embedded.connection import Embedded
from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.measurements import Column, LogicalType, Schema, sql

if TYPE_CHECKING:
    from sqlglot import exp

FOUND: dict[str, list[Any]] = {
    "mails": ["ann@example.com", "see <bob.lee@mail.example.org>, please"],
    "calls": ["+49 30 901820", "0049 (0)30 901820", "+1-212-555-0199"],
    "accounts": ["DE89370400440532013000", "DE89 3704 0044 0532 0130 00"],
    "cards": ["4111 1111 1111 1111", "378282246310005"],
    "numbers_of_cards": [4111111111111111, 5555555555554444],
}
OTHERS: dict[str, list[Any]] = {
    "prose": ["call me @ noon", "a@b", "1 + 49 = 50", ""],
    "dates": ["2024-02-29", "20240229123000"],
    "keys": [random.Random(1).randrange(4 * 10**15, 5 * 10**15) for _ in range(300)],  # noqa: S311  no secret
    "hashes": ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    "amounts": ["12.50", "+3.5 %"],
}


def verdicts(values: dict[str, list[Any]], **options: Any) -> dict[str, Any]:
    """Return the verdicts of the check of a whole table by column."""
    longest = max(map(len, values.values()))
    table = pa.table({name: [*each, *[None] * (longest - len(each))] for name, each in values.items()})
    report = audit(Contract(name="c", checks=[NoPersonalData(**options)]), table)
    return {each.place: each for each in report.verdicts if each.check == "no_personal_data"}


def test_every_kind_is_found_in_every_value() -> None:
    assert {name: each.observed for name, each in verdicts(FOUND, names="ignore").items()} == dict.fromkeys(FOUND, 1.0)


def test_what_only_looks_alike_passes() -> None:
    assert {name: each.outcome for name, each in verdicts(OTHERS).items()} == dict.fromkeys(OTHERS, "pass")


def numbers(seed: int) -> list[str]:
    """Return numbers of 10 to 21 digits, some with the check digit of a card."""
    pick = random.Random(seed)  # noqa: S311  no secret
    return ["".join(pick.choice("0123456789") for _ in range(size)) for size in range(10, 22) for _ in range(300)]


def luhn_fits(digits: str) -> bool:
    doubled = [int(each) * (1 + at % 2) for at, each in enumerate(reversed(digits))]
    return sum(each - 9 * (each > 9) for each in doubled) % 10 == 0


def fits(looks: exp.Expr, values: list[Any]) -> list[Any]:
    """Return what a predicate of the column `x` says of each value."""
    with Embedded(Settings()) as engine:
        table = engine.open("stage", pa.table({"x": values}), Reading())
        predicate = engine.dialect.scalar(looks, table.schema)
        return [found for (found,) in engine.run(f"SELECT {predicate} FROM {table.relation}")]  # noqa: S608  no input


def test_cards_are_numbers_of_their_form_whose_check_digit_fits() -> None:
    cards = [bool(re.fullmatch(CARD, each)) and luhn_fits(each) for each in numbers(1)]

    assert fits(card_fits(sql.col("x")), [*numbers(1), None]) == [*cards, None]
    assert 20 < sum(cards) < 300


def test_whole_numbers_are_cards_as_their_texts_are() -> None:
    whole = [int(each) for each in numbers(2) if len(each) < 19]
    schema = Schema((Column("x", LogicalType.INTEGER, "BIGINT"),))
    looks = NoPersonalData(column="x").violation(schema)

    assert fits(looks, [*whole, None]) == fits(card_fits(sql.col("x")), [*map(str, whole), None])


@pytest.mark.parametrize("kind", ["email", "phone", "iban"])
def test_no_text_is_left_out_that_the_pattern_of_a_kind_finds(kind: Any) -> None:
    pick = random.Random(3)  # noqa: S311  no secret
    texts: list[Any] = [each for values in FOUND.values() for each in values if isinstance(each, str)]
    texts += [f"{blank}+49 30 901820{blank}" for blank in " \t\n\r\f"] + ["", "@", "[Z00", "é+49", None]
    texts += ["".join(pick.choice("+0 149AZaz@.-(/\t[") for _ in range(pick.randrange(19))) for _ in range(2_000)]
    text = sql.col("x")
    patterns = {
        "email": sql.function("regexp_matches", text, sql.literal(EMAIL)),
        "phone": sql.function("regexp_full_match", text, sql.literal(_PHONE)),
        "iban": sql.function("regexp_full_match", text, sql.literal(_GROUPED_IBAN)),
    }

    schema = Schema((Column("x", LogicalType.STRING, "VARCHAR"),))
    found = fits(NoPersonalData(column="x", kinds=[kind]).violation(schema), texts)

    assert found == fits(patterns[kind], texts)
    assert True in found


def test_no_value_is_told_on() -> None:
    table = pa.table({"note": FOUND["mails"]})

    assert "ann@example.com" not in audit(Contract(name="c", checks=[NoPersonalData(column="note")]), table).dumps()


def test_columns_and_kinds_may_be_left_out() -> None:
    assert set(verdicts(FOUND, **{"except": ["mails", "calls"]})) == {"accounts", "cards", "numbers_of_cards"}
    assert verdicts(FOUND, columns=["cards"], kinds=["email"])["cards"].observed == 0


@pytest.mark.parametrize(
    "name", ["email", "E-Mail", "customerEmail", "first_name", "dob", "SSN", "ip_address", "card_no"]
)
def test_names_that_sound_personal(name: str) -> None:
    assert sounds_personal(name)


@pytest.mark.parametrize(
    "name", ["product_name", "shipment", "cabin", "span", "mailing_count", "carrier", "name_length"]
)
def test_names_that_do_not(name: str) -> None:
    assert not sounds_personal(name)


def test_a_column_may_be_absent_and_what_is_there_is_named() -> None:
    report = audit(
        Contract(name="c", checks=[AbsentColumns(names=["*_SSN", "religion"], warn=0, fail=1)]),
        pa.table({"my_ssn": ["x"], "x": [1]}),
    )

    assert report.verdicts[1].outcome == "warn"
    assert report.verdicts[1].evidence == {"columns": ["my_ssn"]}
