"""Values that are written as something known: an address, a code, a date."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, field_validator

from airflow_mlquality.checks.base import Family, Scope
from airflow_mlquality.checks.literals import NotOfTypeError
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.checks.values.bounds import is_scalar
from airflow_mlquality.checks.values.forms import FORMS, Form, form_of
from airflow_mlquality.measurements import Column, LogicalType, Schema

if TYPE_CHECKING:
    from sqlglot import exp


class Format(ShareCheck):
    """The value is written in a named form.

    Forms of text are `email`, `uuid`, `url`, `country_alpha2`, `country_alpha3` (ISO 3166-1), `currency` (ISO 4217),
    `language` (ISO 639-1), `iban` and `iban_shape`; `latitude`, `longitude` and `clock_time` are forms of numbers and
    text. A form with a percent sign is the format of a date, such as `%Y-%m-%d` or `%d.%m.%Y %H:%M`. NULL is not
    judged; empty text has no form. Codes are compared exactly: `us` is no country.

    Why it matters
    --------------
    A code in another case joins with nothing, a date in another order is read as another day, coordinates that are
    exchanged put a house into the sea: all of them are well-formed text.

    How it decides
    --------------
    Exact: the share of rows whose value is not of the form, among rows with a value. What each form asks for:

    - `email`: a plain local part, a domain with a dot. No quoted local parts, no letters beyond ASCII.
    - `uuid`: 32 hexadecimal digits in five groups, of any version.
    - `url`: http, https or ftp, a host and no blanks. Whether it answers is not asked.
    - `iban`: capital letters and digits without blanks, 15 to 34 of them, and the check digits (ISO 7064 MOD 97-10).
      The length that each country has is not checked. `iban_shape` is the same without the check digits.
    - `latitude` in [-90, 90], `longitude` in [-180, 180]; text is read as a number.
    - `clock_time`: a number HHMM such as 930 or 1430, or text such as 9:30, 14:30 or 14:30:15. 2400 and 24:00 are the
      end of a day.
    - dates: fields have their full width, months and days exist; where year (`%Y`), month (`%m`) and day (`%d`) are all
      there, so does the date: 2023-02-29 does not. Known fields are %Y %y %m %b %d %j %H %I %p %M %S %f %z %%.

    Undecided when no row has a value, or the column is of a type that has no such form.

    When it misleads
    ----------------
    A form says how a value is written, not whether it is the right one, or exists: `nobody@example.com` is an address.
    HHMM times lose what 9.5 or 570 minutes would mean; 100 is one o'clock. Lists of codes are those of 2026: older
    data may hold codes that were given up.

    References
    ----------
    ISO 13616-1:2020, ISO/IEC 7064:2003 (check digits), RFC 5322 and RFC 9562 (addresses, UUIDs)

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> print(trial(Format(column="to", form="iban"), to=["DE89370400440532013000"]))
    pass: share of rows with 'to' not written as an IBAN with its check digits is 0 (0 of 1 rows), within fail 0
    >>> print(trial(Format(column="on", form="%Y-%m-%d"), on=["2024-02-29", "2023-02-29", None]))
    fail: share of rows with 'on' not written as a date %Y-%m-%d is 0.5 (1 of 2 rows), above fail 0
    >>> print(trial(Format(column="dep_time", form="clock_time"), dep_time=[5, 1430, 1475, 2400]))
    fail: share of rows with 'dep_time' not written as a clock time is 0.25 (1 of 4 rows), above fail 0
    >>> print(trial(Format(column="to", form="email"), to=[None]))
    undecided: share of rows with 'to' not written as an e-mail address: all 1 rows are null
    """

    family: ClassVar[Family] = "values"
    scope: ClassVar[Scope] = "column"
    short: ClassVar[str | None] = "form"

    form: str = Field(json_schema_extra={"anyOf": [{"enum": list(FORMS)}, {"pattern": "%"}]})
    """Name of the form, or a date format such as `%Y-%m-%d`."""

    @field_validator("form")
    @classmethod
    def _is_known(cls, form: str) -> str:
        form_of(form)
        return form

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Only a value without parts has a form."""
        return is_scalar(type_)

    @property
    def wrong(self) -> str:
        """What a violating row has."""
        return f"with '{self.column}' not written as {form_of(self.form).title}"

    @property
    def advice(self) -> str:
        """What to do when it does not pass."""
        return f"see who writes '{self.column}', and whether its form changed; mend it where it comes from"

    def violation(self, schema: Schema) -> exp.Expr:
        """Return the predicate of a row whose value is not of the form."""
        column, form = schema[self.column], form_of(self.form)
        if column.type is LogicalType.NULL:
            form = FORMS["email"]
        elif column.type not in form.types:
            raise _NoFormError.of(column, form)
        return form.violation(column)


class _NoFormError(NotOfTypeError):
    """A column has a type of which no value has the form."""

    @classmethod
    def of(cls, column: Column, form: Form) -> _NoFormError:
        """Name both."""
        return cls(f"'{column.name}' is {column.type.value}, and {form.title} is none")
