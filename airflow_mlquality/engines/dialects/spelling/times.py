"""How an engine counts time."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from airflow_mlquality.engines.dialects.base import UnavailableError
from airflow_mlquality.engines.dialects.spelling.patterns import Patterns
from airflow_mlquality.engines.dialects.translation.terms import Term
from airflow_mlquality.measurements import LogicalType

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
TIMES = (LogicalType.DATE, LogicalType.TIME, LogicalType.TIMESTAMP, LogicalType.TIMESTAMP_TZ)


class Times(Patterns):
    """Microseconds, parts of the calendar, and constants."""

    def micros(self, term: Term) -> str:
        """Return a time as microseconds since 1970-01-01 UTC, or since midnight."""
        if term.is_micros or term.type is LogicalType.NULL:
            return term.sql
        if isinstance(term.constant, Decimal):
            return f"({term.constant})"
        if term.type not in TIMES:
            raise UnavailableError.of(f"microseconds of {term.type.value} values", self.title)
        return self.column_micros(term)

    def column_micros(self, term: Term) -> str:
        """Return a time of the engine's own type as microseconds."""
        raise UnavailableError.of(f"microseconds of {term.type.value} values", self.title)

    def calendar_part(self, unit: str, term: Term) -> str:
        """Return the year, quarter, month, day or day of the year of a time."""
        return f"EXTRACT({unit.upper()} FROM {self.in_utc(term)})"

    def in_utc(self, term: Term) -> str:
        """Return a time as a date or timestamp of the engine that shows it in UTC."""
        if term.is_micros or term.type is LogicalType.TIMESTAMP_TZ:
            raise UnavailableError.of("parts of the calendar of computed times", self.title)
        return term.sql

    def time_constant(self, type_: LogicalType, moment: dt.datetime) -> Term:
        """Return a moment, in UTC, as a constant."""
        micros = (moment - EPOCH) // dt.timedelta(microseconds=1)
        return replace(Term(self.time_literal(type_, moment), type_), constant=Decimal(micros))

    def time_literal(self, type_: LogicalType, moment: dt.datetime) -> str:
        """Return a moment, in UTC, as a literal."""
        plain = moment.replace(tzinfo=None)
        if type_ is LogicalType.DATE:
            return f"DATE '{plain.date().isoformat()}'"
        if type_ is LogicalType.TIME:
            return f"TIME '{plain.time().isoformat()}'"
        zone = "+00:00" if type_ is LogicalType.TIMESTAMP_TZ else ""
        name = "TIMESTAMP WITH TIME ZONE" if zone else "TIMESTAMP"
        return f"{name} '{plain.isoformat(sep=' ')}{zone}'"

    def compared_times(self, left: Term, right: Term, operator: str) -> str:
        """Return a comparison of two times, natively where both are of one type."""
        if left.type is right.type and not (left.is_micros or right.is_micros):
            return f"({left.sql} {operator} {right.sql})"
        return f"({self.micros(left)} {operator} {self.micros(right)})"

    def instant_as_text(self, term: Term) -> str:
        """Return an instant as text, in UTC whatever the zone of the session."""
        return self.joined([self.shown(self.in_utc(term)), self.literal("+00")])
