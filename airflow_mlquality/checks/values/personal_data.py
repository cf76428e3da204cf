"""What tells who a row is about."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, model_validator
from sqlglot import exp

from airflow_mlquality.checks.base import Facts, Family, Scope
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.checks.values.check_digits import (
    IBAN,
    among,
    card_fits,
    has_card_form,
    is_written,
    is_written_with,
)
from airflow_mlquality.checks.values.forms import EMAIL
from airflow_mlquality.measurements import (
    Column,
    LogicalType,
    Measurement,
    NullCount,
    RowCount,
    RowsWhere,
    Schema,
    sql,
)
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["email", "phone", "iban", "card"]
_KINDS: tuple[Kind, ...] = ("email", "phone", "iban", "card")
_TITLES: dict[Kind, str] = {
    "email": "e-mail addresses",
    "phone": "telephone numbers",
    "iban": "bank accounts",
    "card": "payment cards",
}
_PHONE = r"\s*(?:\+|00)[1-9][0-9]{0,2}[ ./-]?(?:\(0?[0-9]{1,4}\)[ ./-]?)?[0-9]{2,4}(?:[ ./-]?[0-9]{2,4}){1,4}\s*"
_BY_CHANCE = 0.5
"""A tenth of all numbers has the check digit of a card; of a column of cards nearly every one has."""
_PERSONAL = re.compile(
    r"(?:^|_)(?:e_?mails?|mail_address|(?:first|last|full|given|family|middle|maiden|sur|user)_?names?|surname|phones?"
    r"|mobiles?|telephones?|phone_number|fax|ssn|social_security(?:_number)?|sin|nin|nino|passport(?:_?(?:no|number))?"
    r"|tax_?id|national_?id|drivers?_licen[cs]e|iban|bic|credit_?cards?|card_?(?:no|num|number)|cvv|pan|cc_?num(?:ber)?"
    r"|birth_?(?:date|day)|date_of_birth|dob|street|(?:home|street|postal|ip)_?addr(?:ess)?|ip_?v?[46]?"
    r"|password|passwd|religion|ethnicity|diagnosis)(?:_|$)"
)


def sounds_personal(name: str) -> bool:
    """Return whether the name of a column says that it holds what belongs to a person.

    >>> (
    ...     sounds_personal("customerEmail"),
    ...     sounds_personal("first_name"),
    ...     sounds_personal("shipment"),
    ...     sounds_personal("IP"),
    ... )
    (True, True, False, True)
    """
    words = re.sub(r"[^A-Za-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).lower()
    return _PERSONAL.search(words) is not None


class NoPersonalData(ShareCheck):
    """No value looks like an e-mail address, a telephone number, a bank account or a payment card.

    Under `table` it looks at every column of text or whole numbers, or at those that are named. It warns where the name
    of a column sounds personal (`first_name`, `dob`, `ssn` …), whatever its values.

    Why it matters
    --------------
    What was in the training set is in the model, in its logs and in every copy of the data. An address in a free text
    field is in no data catalogue, and must be erased on request all the same.

    How it decides
    --------------
    Exact counts of forms, among rows with a value: an e-mail address anywhere in the text; a text that is as a whole a
    telephone number with its country code (+49 …, 0049 …), an IBAN by its form, or the number of a payment card with
    its check digit (Luhn). A tenth of all numbers of that length has the right check digit by chance, so cards count
    only where more than half of the numbers of their form have it. Undecided when no row has a value.

    When it misleads
    ----------------
    It knows forms, no names, street addresses or birthdays; that it passes is no proof of anonymity. Telephone numbers
    without country code, and cards within a longer text, are not found. Keys of 13 to 19 digits with a check digit of
    their own, such as article numbers, may pass for cards: leave the kind out.

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(NoPersonalData(column="note"), note=["late", "call back", "4111 1111 1111 1112"]))
    pass: share of rows with personal data in 'note' is 0 (0 of 3 rows), within fail 0
    >>> print(trial(NoPersonalData(column="note"), note=["late", "write to ann@example.com", "+49 30 901820", None]))
    ... # doctest: +NORMALIZE_WHITESPACE
    fail: share of rows with personal data in 'note' is 0.6667 (2 of 3 rows), above fail 0: e-mail addresses 1,
    telephone numbers 1
    >>> print(trial(NoPersonalData(column="dob"), dob=["1972"]))
    warn: share of rows with personal data in 'dob' is 0 (0 of 1 rows), within fail 0; its name sounds personal
    >>> print(trial(NoPersonalData(column="note"), note=[None]))
    undecided: share of rows with personal data in 'note': all 1 rows are null
    """

    family: ClassVar[Family] = "values"
    scope: ClassVar[Scope] = "column"
    other_scopes: ClassVar[tuple[Scope, ...]] = ("table",)
    flag: ClassVar[bool] = True
    spelled: ClassVar[dict[str, str]] = {"columns": "columns_", "except": "except_"}

    columns_: Literal["all"] | tuple[str, ...] = "all"
    """Under `table`, the columns to look at; by default `all` of text and whole numbers."""
    except_: tuple[str, ...] = ()
    """Columns to leave out."""
    kinds: tuple[Kind, ...] = Field(default=_KINDS, min_length=1)
    """What is looked for: `email`, `phone`, `iban`, `card`."""
    names: Literal["warn", "fail", "ignore"] = "warn"
    """What a name of a column that sounds personal does."""

    @model_validator(mode="before")
    @classmethod
    def _spelled(cls, given: Any) -> Any:
        return {cls.spelled.get(key, key): value for key, value in given.items()} if isinstance(given, dict) else given

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"with personal data in '{self.column}'"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return f"leave '{self.column}' out, or replace it by a keyed hash where the data comes in; erase older copies"

    def without(self, absent: frozenset[str]) -> NoPersonalData | None:
        """Return the check that leaves the columns out."""
        if self.column:
            return None if self.column in absent else self
        return self.model_copy(update={"except_": (*self.except_, *sorted(absent))})

    def expand(self, schema: Schema) -> Sequence[NoPersonalData]:
        """Return one check per column that may hold personal data, by its type or its name."""
        if self.column:
            return (self,)
        likely = [each.name for each in schema if self._is_read(each) or self._sounds(each.name)]
        chosen = likely if self.columns_ == "all" else list(dict.fromkeys(self.columns_))
        return [
            self.model_copy(update={"column": name, "id": f"{self.id}.{name}" if self.id else ""})
            for name in chosen
            if name not in self.except_
        ]

    def _sounds(self, name: str) -> bool:
        return self.names != "ignore" and sounds_personal(name)

    @staticmethod
    def _is_read(column: Column) -> bool:
        return column.type in (LogicalType.STRING, LogicalType.INTEGER)

    # ---- what it asks for ----

    def _looks(self, column: Column) -> dict[Kind, exp.Expr]:
        """Return the predicate of a row that holds each kind; whole numbers may be cards alone."""
        value = sql.col(column.name)
        if column.type is LogicalType.INTEGER:
            return {"card": among(value, card_fits(exp.cast(value, "VARCHAR"), value))} if "card" in self.kinds else {}
        looks: dict[Kind, exp.Expr] = {
            "email": is_written_with(value, EMAIL, "@"),
            "phone": is_written(value, _PHONE, "", "1"),  # from a blank, a plus or a zero
            "iban": is_written(value, _GROUPED_IBAN, "A", "["),
            "card": card_fits(value),
        }
        return {kind: looks[kind] for kind in _KINDS if kind in self.kinds}

    def _counted(self, column: Column) -> dict[str, RowsWhere]:
        """Return the measurements by kind, that of numbers of the form of a card among them."""
        looks = self._looks(column) if self._is_read(column) else {}
        counted: dict[str, RowsWhere] = {kind: RowsWhere(sql.text(each)) for kind, each in looks.items()}
        if "card" in counted:
            value = sql.col(column.name)
            is_text = column.type is LogicalType.STRING
            of_form = has_card_form(value) if is_text else among(value, has_card_form(exp.cast(value, "VARCHAR")))
            counted["form"] = RowsWhere(sql.text(of_form))
        return counted

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows, nulls, and rows that hold each kind."""
        return (RowCount(), NullCount(self.column), *self._counted(schema[self.column]).values())

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row that holds any kind."""
        column = schema[self.column]
        looks = self._looks(column) if self._is_read(column) else {}
        return sql.any_of(looks.values()) if looks else sql.condition("1 = 0")

    # ---- how it judges ----

    def judge(self, facts: Facts) -> Verdict:
        """Hold the share of rows with personal data against the levels."""
        if not self.column:
            return self.undecided(Cause.NO_DATA, "no column of text or whole numbers is there to look at")
        judged, rows = self.judged_rows(facts), facts.current.rows
        if judged == 0:
            what = "the table has no rows" if rows == 0 else f"all {rows:,} rows are null"
            reason = f"share of rows {self.wrong}: {what}"
            return self.undecided(Cause.NO_DATA, reason, advice="find out why the stage has no values")
        counted = self._counted(facts.current.schema[self.column])
        found = {kind: facts.current[measurement] for kind, measurement in counted.items()}
        of_form = found.pop("form", 0)
        if found.get("card", 0) <= _BY_CHANCE * of_form:
            found["card"] = 0
        holding = min(sum(found.values()), judged)
        verdict = self.share_verdict(holding, judged, kinds={kind: rows for kind, rows in found.items() if rows})
        named = ", ".join(f"{_TITLES[kind]} {found[kind]:,}" for kind in _KINDS if found.get(kind))
        return self._with_name(replace(verdict, reason=f"{verdict.reason}{f': {named}' if named else ''}"))

    def _with_name(self, verdict: Verdict) -> Verdict:
        if not self._sounds(self.column):
            return verdict
        outcome = Outcome.FAIL if self.names == "fail" else Outcome.WARN
        worst = max(verdict.outcome, outcome, key=lambda each: each.severity)
        reason = f"{verdict.reason}; its name sounds personal"
        return replace(verdict, outcome=worst, reason=reason, advice=self.advice)


_GROUPED_IBAN = f"{IBAN}|[A-Z]{{2}}[0-9]{{2}}(?: [A-Z0-9]{{4}}){{2,7}}(?: [A-Z0-9]{{1,4}})?"
"""As it is sent, or in groups of four as it is printed."""
