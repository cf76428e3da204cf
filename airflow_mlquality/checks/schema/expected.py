"""The types that a contract may ask for, and what of a column's own type is otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticKnownError

from airflow_mlquality.errors.words import known_names
from airflow_mlquality.measurements import DataType, LogicalType, TypeTextError, data_type
from airflow_mlquality.measurements.types import NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = (
    "boolean",
    "integer",
    "float",
    "decimal",
    "number",
    "string",
    "date",
    "time",
    "timestamp",
    "timestamp_tz",
    "duration",
    "binary",
    "uuid",
    "list",
    "struct",
    "map",
    "json",
)
"""The portable vocabulary; `number` is any of integer, float and decimal."""


def _plain(given: Any) -> Any:
    """Refuse what is neither a word of the vocabulary nor one with parts."""
    if given in WORDS or (isinstance(given, str) and "<" in given):
        return given
    words = ", ".join(f"'{word}'" for word in WORDS[:-1])
    raise PydanticKnownError("literal_error", {"expected": f"{words} or '{WORDS[-1]}'"})


def _with_parts(text: str) -> str:
    """Return a type as it is written everywhere; refuse one that cannot be read."""
    try:
        return str(data_type(text))
    except TypeTextError as wrong:
        advice = known_names(wrong.unknown, WORDS) if wrong.unknown else ""
        raise ValueError(f"{wrong}{advice}") from None


TypeText = Annotated[
    str,
    BeforeValidator(_plain),
    AfterValidator(_with_parts),
    WithJsonSchema(
        {"anyOf": [{"enum": list(WORDS)}, {"type": "string", "pattern": r"^\s*(list|struct|map)\s*<.*>\s*$"}]}
    ),
]
"""A word of the vocabulary, or one with parts, such as `list<integer>`."""


# ---- holding a type against it ----


@dataclass(frozen=True)
class Unlike:
    """One part of a column's type that is not what the contract says.

    Parameters
    ----------
    told
        What it is instead.
    is_untold
        Whether nobody tells what it is.
    """

    told: str
    is_untold: bool = False


def is_a(actual: LogicalType, wanted: str) -> bool:
    """Return whether a logical type is of a word of the vocabulary.

    >>> is_a(LogicalType.DECIMAL, "number"), is_a(LogicalType.INTEGER, "float")
    (True, False)
    """
    return actual.is_number if wanted == NUMBER else actual.value == wanted


def unlike(wanted: DataType, actual: DataType, path: str) -> Iterator[Unlike]:
    """Yield what of a type is not what the contract says; what it leaves out may be anything.

    >>> actual = data_type("struct<id:integer, tags:list<string>, more:date>")
    >>> [each.told for each in unlike(data_type("struct<id:number, tags:list<integer>>"), actual, "x")]
    ["'x.tags.element' is string, not integer"]
    """
    if actual.name == LogicalType.NULL:
        yield Unlike(f"'{path}' has no value to tell its type from", is_untold=True)
    elif not is_a(LogicalType(actual.name), wanted.name):
        yield Unlike(f"'{path}' is {actual}, not {wanted}")
    elif wanted.parts is not None and actual.parts is None:
        yield Unlike(f"the source does not tell the parts of '{path}'", is_untold=True)
    elif wanted.parts is not None:
        yield from _unlike_parts(wanted, actual, path)


def _unlike_parts(wanted: DataType, actual: DataType, path: str) -> Iterator[Unlike]:
    if wanted.length is not None and wanted.length != actual.length:
        length = "any number of" if actual.length is None else f"{actual.length:,}"
        yield Unlike(f"'{path}' has {length} elements, not {wanted.length:,}")
    found = dict(actual.parts or ())
    for name, part in wanted.parts or ():
        if name in found:
            yield from unlike(part, found[name], f"{path}.{name}")
        else:
            yield Unlike(f"'{path}.{name}' is missing")
