"""What a pydantic error means to the person who wrote the contract."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from airflow_mlquality.contract.options import LEVELS
from airflow_mlquality.contract.yaml import Path
from airflow_mlquality.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

Places = Callable[[Path], Place]

_LONGEST_ITEM = 40
"""A value that is repeated in brackets has no more characters."""


def problems_of(error: ValidationError, given: Any, model: type[BaseModel], places: Places) -> list[Problem]:
    """Return the problems of one mapping, one per place.

    Parameters
    ----------
    error
        What pydantic says.
    given
        The mapping, as it was written.
    model
        What it should have been.
    places
        From a path inside the mapping to a place in the contract.
    """
    found: dict[Path, list[ErrorDetails]] = {}
    branches: set[Path] = set()
    for each in error.errors(include_url=False):
        path, is_branch = _located(given, each)
        found.setdefault(path, []).append(each)
        if is_branch or each["type"] in _SIZES:
            branches.add(path)
    for path in branches:
        if any(other[: len(path)] == path and len(other) > len(path) for other in found):
            del found[path]  # a part of the value is wrong, and that says more
    return [
        problem
        for path, errors in found.items()
        for problem in _problems(errors, path, _value(given, path), model, places)
    ]


def _located(given: Any, error: ErrorDetails) -> tuple[Path, bool]:
    """Return where in the data an error lies, and whether it is of one branch of several that a value may take."""
    path: list[str | int] = []
    node = given
    skipped = False
    for part in error["loc"]:
        is_item = isinstance(node, list) and isinstance(part, int) and part < len(node)
        if is_item or (isinstance(node, Mapping) and part in node):
            node = node[part]
            path.append(part)
        else:
            skipped = True
    return tuple(path), skipped and error["type"] != "missing"


def _value(given: Any, path: Path) -> Any:
    for part in path:
        given = given[part]
    return given


def _problems(
    errors: list[ErrorDetails], path: Path, value: Any, model: type[BaseModel], places: Places
) -> Iterator[Problem]:
    special = [each for each in errors if each["type"] in _SPECIAL]
    for each in special:
        yield _SPECIAL[each["type"]](each, path, value, model, places)
    if special:
        return
    if len(errors) == 1 and errors[0]["type"] in _ONE_WORD:
        yield Problem.unknown_word(places(path), value, _words(errors[0]))
        return
    wanted = _joined(dict.fromkeys(_noun(each) for each in errors))
    yield Problem.wrong_value(places(path), value, wanted, _advice(wanted, path, value))


# ---- errors with a message of their own ----


def _unknown(error: ErrorDetails, path: Path, value: Any, model: type[BaseModel], places: Places) -> Problem:  # noqa: ARG001  one signature for all
    place = places(path)
    parent = Place(place.where, places(path[:-1]).path, place.line)
    return Problem.unknown_key(parent, str(path[-1]), _fields(model, path[:-1]))


def _missing(error: ErrorDetails, path: Path, value: Any, model: type[BaseModel], places: Places) -> Problem:  # noqa: ARG001  one signature for all
    name = error["loc"][-1]
    if isinstance(name, int):
        return Problem.wrong_size(places(path), value, "it takes [lowest, highest]")
    return Problem.missing_key(places(path), name)


def _beyond(error: ErrorDetails, path: Path, value: Any, model: type[BaseModel], places: Places) -> Problem:  # noqa: ARG001  one signature for all
    bound = next(iter(error.get("ctx", {}).values()))
    return Problem.out_of_range(places(path), value, _SIDES[error["type"]], bound)


_SIDES = {
    "greater_than_equal": "at least",
    "greater_than": "above",
    "less_than_equal": "at most",
    "less_than": "below",
}


_SIZES = ("too_short", "too_long", "string_too_short", "string_too_long")


def _size(error: ErrorDetails, path: Path, value: Any, model: type[BaseModel], places: Places) -> Problem:  # noqa: ARG001  one signature for all
    if isinstance(value, list) and path[-1] in LEVELS:
        return Problem.wrong_size(places(path), value, "it takes [lowest, highest]")
    bounds = error.get("ctx", {})
    limit = bounds.get("min_length", bounds.get("max_length"))
    side = "at least" if "min_length" in bounds else "at most"
    return Problem.wrong_size(places(path), value, f"it takes {side} {limit}")


def _refused(error: ErrorDetails, path: Path, value: Any, model: type[BaseModel], places: Places) -> Problem:  # noqa: ARG001  one signature for all
    return Problem.unfit(places(path), value, str(error.get("ctx", {}).get("error", error["msg"])))


_SPECIAL: dict[str, Callable[[ErrorDetails, Path, Any, type[BaseModel], Places], Problem]] = {
    "extra_forbidden": _unknown,
    "missing": _missing,
    **dict.fromkeys(_SIDES, _beyond),
    **dict.fromkeys(_SIZES, _size),
    "value_error": _refused,
}


# ---- what a value should have been ----

_ONE_WORD = ("enum", "literal_error")
_NOUNS = {
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "a number"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size"), "a whole number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    **dict.fromkeys(("string_type", "string_unicode"), "text"),
    **dict.fromkeys(("tuple_type", "list_type", "set_type", "frozen_set_type"), "a list"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type", "mapping_type"), "a mapping"),
}


def _noun(error: ErrorDetails) -> str:
    if error["type"] in _ONE_WORD:
        words = _words(error)
        return f"one of {', '.join(words)}" if len(words) > 1 else f"'{words[0]}'"
    return _NOUNS.get(error["type"], "what it takes")


def _words(error: ErrorDetails) -> list[str]:
    return re.findall(r"'([^']*)'", str(error.get("ctx", {}).get("expected", "")))


def _joined(nouns: Iterable[str]) -> str:
    nouns = list(nouns)
    if "a number" in nouns and "a whole number" in nouns:
        nouns.remove("a whole number")
    return f"{', '.join(nouns[:-1])} or {nouns[-1]}" if len(nouns) > 1 else nouns[0]


def _advice(wanted: str, path: Path, value: Any) -> str:
    if wanted == "text" and isinstance(value, int | float):
        return "Put it in quotes"
    if wanted == "a list" and path and path[-1] in LEVELS:
        return "Write [lowest, highest]; null leaves a side open"
    if wanted == "a list" and isinstance(value, str | int | float) and len(str(value)) <= _LONGEST_ITEM:
        return f"Write [{value}]"
    return ""


def _fields(model: type[BaseModel], path: Path) -> list[str]:
    """Return the keys that are known at a path."""
    models = [model]
    for part in path:
        annotations = [each.model_fields[part].annotation for each in models if part in each.model_fields]
        if annotations:
            models = [each for annotation in annotations for each in _models(annotation)]
    return [name for each in models for name in each.model_fields]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def truths_as_numbers(given: Any, built: Any, path: Path = ()) -> Iterator[tuple[Path, bool]]:
    """Yield where true or false was written and a number was read, which pydantic lets pass."""
    if isinstance(given, bool):
        if isinstance(built, int | float) and not isinstance(built, bool):
            yield path, given
    elif isinstance(given, list) and isinstance(built, tuple):
        for position, (before, after) in enumerate(zip(given, built, strict=False)):
            yield from truths_as_numbers(before, after, (*path, position))
    elif isinstance(given, Mapping):
        for key, before in given.items():
            after = built.get(key) if isinstance(built, Mapping) else getattr(built, str(key), None)
            yield from truths_as_numbers(before, after, (*path, key))
