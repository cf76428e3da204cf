"""What stands behind the name of a check: options, a bare value, or just `true`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_mlquality.contract.options import (
    is_flag_under,
    options,
    short_is_mapping,
    short_option,
    takes_bare_value,
)
from airflow_mlquality.errors import Problem

if TYPE_CHECKING:
    from airflow_mlquality.checks.base import Check, Scope
    from airflow_mlquality.contract.yaml import Path
    from airflow_mlquality.errors import Place

SCHEMA_WORDS: dict[str, dict[str, Any] | None] = {
    "allow": None,
    "warn": {"warn": 0, "fail": None},
    "fail": {"fail": 0},
}
"""What a word means where columns are counted, as in `extra_columns: warn`; None for no check."""


@dataclass(frozen=True)
class Given:
    """The options of a check, and where they lie if not under their own name.

    Parameters
    ----------
    options
        By YAML spelling.
    renamed
        The path, below that of the check, of an option that is written without its name.
    """

    options: Mapping[str, Any]
    renamed: Mapping[str, Path] | None = None


def schema_options(value: Any, place: Place) -> Any:
    """Return the options that a word or a bare number stands for where columns are counted; None for no check."""
    if isinstance(value, str):
        return SCHEMA_WORDS[value] if value in SCHEMA_WORDS else Problem.unknown_word(place, value, SCHEMA_WORDS)
    return {"fail": value} if isinstance(value, int) and not isinstance(value, bool) else value


def items_of(value: Any) -> list[Any]:
    """Return the values of several checks of one kind, or the one value there is."""
    if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        return value
    return [value]


def given_options(check: type[Check], value: Any, place: Place, scope: Scope) -> Given | Problem:
    """Return the options that a value stands for.

    Parameters
    ----------
    check
        Whose options.
    value
        As it was written.
    place
        Where it was written, for a problem.
    scope
        The part of the contract that it stands in.
    """
    short, has_flag = short_option(check), is_flag_under(check, scope)
    if isinstance(value, Mapping) and not (short_is_mapping(check) and value.keys().isdisjoint(options(check))):
        return Given(value)
    if value is True and has_flag:
        return Given({})
    is_flag_word = check.flag and isinstance(value, bool)
    if short is not None and value is not None and takes_bare_value(check, scope) and not is_flag_word:
        return Given({short: value}, {short: ()})
    return _refused(check, value, place, has_flag=has_flag)


def _refused(check: type[Check], value: Any, place: Place, *, has_flag: bool) -> Problem:
    if value is None:
        return Problem.no_value(place, check.name(), _example(check, has_flag=has_flag))
    if value is False and check.flag:
        return Problem.turned_off(place)
    if has_flag:
        return Problem.wrong_value(place, value, "true or a mapping of options")
    return Problem.needs_options(place, value, options(check))


def _example(check: type[Check], *, has_flag: bool) -> str:
    if has_flag:
        return "true"
    return "…" if check.short else f"{{{next(iter(options(check)))}: …}}"
