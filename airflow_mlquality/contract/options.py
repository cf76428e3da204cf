"""What a check class looks like in YAML: where it may stand, and its options."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, get_origin

from airflow_mlquality.checks import CHECKS
from airflow_mlquality.checks.base import Check, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

LEVELS = ("warn", "fail", "mostly")
"""What the bounds of a check are called, whatever its class."""
_SAID: dict[Scope, str] = {"column": "a column"}
"""What a part of the contract is called in a message, where that is not its name."""


@cache
def checks_under(scope: Scope) -> Mapping[str, type[Check]]:
    """Return the checks that may stand in a part of the contract, by YAML key."""
    return CHECKS.under(scope)


@cache
def options(check: type[Check]) -> dict[str, str]:
    """Return what pydantic calls the options of a check by their YAML spelling, those of every check last.

    >>> from airflow_mlquality.checks import Relationships
    >>> list(options(Relationships))
    ['to', 'column', 'warn', 'fail', 'mostly', 'id', 'runbook', 'policy']
    """
    spelling = {field: key for key, field in check.spelled.items()}
    fields = [name for name in check.model_fields if name not in check.filled]
    fields.sort(key=lambda name: (name in Check.model_fields, name in LEVELS))
    return {spelling.get(name, name): check.model_fields[name].alias or name for name in fields}


def short_option(check: type[Check]) -> str | None:
    """Return the YAML spelling of the option that a bare value fills."""
    return next((key for key, field in options(check).items() if field == check.short), None)


def is_flag_under(check: type[Check], scope: Scope) -> bool:
    """Return whether `true` alone says all in a part of the contract: elsewhere than at home it may need more.

    >>> from airflow_mlquality.checks import NoPersonalData, Unique
    >>> is_flag_under(NoPersonalData, "table"), is_flag_under(Unique, "column"), is_flag_under(Unique, "table")
    (True, True, False)
    """
    return check.flag and (scope == check.scope or check.short is None)


def takes_bare_value(check: type[Check], scope: Scope) -> bool:
    """Return whether a bare value may stand for the short option: not at home where only other parts need it.

    >>> from airflow_mlquality.checks import Sentinels, Unique
    >>> takes_bare_value(Sentinels, "column"), takes_bare_value(Unique, "column"), takes_bare_value(Unique, "table")
    (True, False, True)
    """
    return check.short is not None and not (check.flag and scope == check.scope and check.other_scopes)


def short_is_mapping(check: type[Check]) -> bool:
    """Return whether that value is a mapping itself, as the shares of `prior` are."""
    return check.short is not None and get_origin(check.model_fields[check.short].annotation) is dict


def is_whole_part(check: type[Check]) -> bool:
    """Return whether a part of the contract is this check's options, as `drift` is."""
    return check.name() == check.scope


def takes_time(check: type[Check] | Check) -> bool:
    """Return whether a check of the table is about the column of time."""
    return check.scope == "table" and "column" in check.other_scopes


def homes(check: type[Check]) -> list[str]:
    """Return the parts of a contract in which a check may stand, as a message says them.

    >>> from airflow_mlquality.checks import NoPersonalData
    >>> homes(NoPersonalData)
    ['a column', 'table']
    """
    return [_SAID.get(each, each) for each in (check.scope, *check.other_scopes)]
