"""Types of columns: one portable vocabulary over all sources, for the parts of nested ones too."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NoReturn


class LogicalType(StrEnum):
    """What a column holds, whatever the source calls it."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    FLOAT = "float"
    DECIMAL = "decimal"
    STRING = "string"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    TIMESTAMP_TZ = "timestamp_tz"
    DURATION = "duration"
    BINARY = "binary"
    UUID = "uuid"
    LIST = "list"
    STRUCT = "struct"
    MAP = "map"
    JSON = "json"
    NULL = "null"
    """No value was ever there to tell the type from."""
    OTHER = "other"

    @property
    def is_number(self) -> bool:
        """Whether arithmetic is meant on it."""
        return self in _NUMBERS

    @property
    def is_time(self) -> bool:
        """Whether it is a point in time: a date or a timestamp, with or without zone."""
        return self in _TIMES

    @property
    def is_nested(self) -> bool:
        """Whether a value has parts."""
        return self in _NESTED


_NUMBERS = frozenset({LogicalType.INTEGER, LogicalType.FLOAT, LogicalType.DECIMAL})
_TIMES = frozenset({LogicalType.DATE, LogicalType.TIMESTAMP, LogicalType.TIMESTAMP_TZ})
_NESTED = frozenset({LogicalType.LIST, LogicalType.STRUCT, LogicalType.MAP, LogicalType.JSON})

NUMBER = "number"
"""What a contract may ask for: any of integer, float and decimal."""
ELEMENT, KEY, VALUE = "element", "key", "value"
"""What the parts of lists and maps are called in paths, such as `tags.element`."""
DEEPEST = 64
"""Types within types; what lies deeper is not read."""

Parts = tuple[tuple[str, "DataType"], ...]


@dataclass(frozen=True)
class DataType:
    """A type and, where they are known, its parts.

    Its text is what a contract writes, and `data_type` reads it back.

    Parameters
    ----------
    name
        A word of `LogicalType`, or `number`.
    parts
        Of a list its `element`, of a map its `key` and `value`, of a struct its fields; None where nobody tells.
    length
        How many elements every value of a list has, where that is fixed.

    Examples
    --------
    >>> tags = DataType.list_of(DataType("string"))
    >>> print(DataType.struct_of([("id", DataType("integer")), ("all tags", tags)]))
    struct<id:integer, "all tags":list<string>>
    >>> print(DataType.list_of(DataType("float"), 384), DataType.map_of(DataType("string"), DataType("list")))
    list<float, 384> map<string, list>
    """

    name: str
    parts: Parts | None = None
    length: int | None = None

    @classmethod
    def list_of(cls, element: DataType, length: int | None = None) -> DataType:
        """Return the type of lists."""
        return cls("list", ((ELEMENT, element),), length)

    @classmethod
    def map_of(cls, key: DataType, value: DataType) -> DataType:
        """Return the type of maps."""
        return cls("map", ((KEY, key), (VALUE, value)))

    @classmethod
    def struct_of(cls, fields: Iterable[tuple[str, DataType]]) -> DataType:
        """Return the type of structs; without its fields where two of them have one name."""
        parts = tuple(fields)
        return cls("struct", parts if len(dict(parts)) == len(parts) else None)

    def __str__(self) -> str:
        """Return it as a contract writes it."""
        if self.parts is None:
            return self.name
        if self.name == "struct":
            inside = [f"{_field_name(name)}:{part}" for name, part in self.parts]
        else:
            inside = [str(part) for _, part in self.parts]
        inside += [] if self.length is None else [str(self.length)]
        return f"{self.name}<{', '.join(inside)}>"

    def merged(self, other: DataType) -> DataType:
        """Return the type of values of both; a part that is of no one type is `other`.

        >>> print(data_type("struct<a:integer, b:list<null>>").merged(data_type("struct<b:list<float>, c:date>")))
        struct<a:integer, b:list<float>, c:date>
        """
        if self == other or other.name == LogicalType.NULL:
            return self
        if self.name != other.name:
            return other if self.name == LogicalType.NULL else DataType(LogicalType.OTHER.value)
        if self.parts is None or other.parts is None:
            return DataType(self.name)
        theirs = dict(other.parts)
        mine = tuple((name, part.merged(theirs.pop(name, part))) for name, part in self.parts)
        return DataType(self.name, (*mine, *theirs.items()), self.length if self.length == other.length else None)


_PLAIN = re.compile(r'[^\s<>,:"]+')


def _field_name(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'


# ---- reading ----

_TOKEN = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^\s<>,:"]+)|([<>,:]))')
_WORDS = frozenset({*LogicalType, NUMBER})


class TypeTextError(ValueError):
    """A text is no type; the message goes on after it: ``is no type: ...``."""

    def __init__(self, what: str, unknown: str = "") -> None:
        self.unknown = unknown
        """The word that is none of the vocabulary, where that is what is wrong."""
        super().__init__(f"is no type: {what}")


@lru_cache(maxsize=4096)
def data_type(text: str) -> DataType:
    """Return the type that a text says, as a contract writes it.

    Raises
    ------
    TypeTextError
        When it says none.

    Examples
    --------
    >>> data_type("list<number>").parts
    (('element', DataType(name='number', parts=None, length=None)),)
    >>> data_type("map<string>")
    Traceback (most recent call last):
    airflow_mlquality.measurements.types.TypeTextError: is no type: ',' is missing before '>'
    """
    reader = _Reader(text)
    found = reader.type()
    if reader.next is not None:
        reader.refuse_next("it ends before")
    return found


class _Reader:
    """Reads a type from its text, word by word."""

    def __init__(self, text: str) -> None:
        self.words = list(_split(text))
        self.depth = 0

    @property
    def next(self) -> str | None:
        """The next sign or word, names in quotes still in them; None at the end."""
        return self.words[0] if self.words else None

    def refuse_next(self, what: str) -> NoReturn:
        """Refuse what comes next."""
        raise TypeTextError(what + (" its end" if self.next is None else f" '{self.next}'"))

    def take(self, sign: str) -> None:
        """Take a sign that must be there."""
        if self.next != sign:
            self.refuse_next(f"'{sign}' is missing before")
        self.words.pop(0)

    def took(self, sign: str) -> bool:
        """Take a sign where it is there."""
        is_there = self.next == sign
        if is_there:
            self.words.pop(0)
        return is_there

    def type(self) -> DataType:
        """Take a type."""
        name = self.next
        if name is None or name in "<>,:" or name.startswith('"'):
            self.refuse_next("a type is missing before")
        if name not in _WORDS:
            what = f"'{name}' is not known"
            raise TypeTextError(what, name)
        self.words.pop(0)
        if not self.took("<"):
            return DataType(name)
        self.depth += 1
        if self.depth > DEEPEST:
            what = f"it has more than {DEEPEST} types within types"
            raise TypeTextError(what)
        found = self._with_parts(name)
        self.take(">")
        self.depth -= 1
        return found

    def _with_parts(self, name: str) -> DataType:
        if name == LogicalType.LIST:
            return DataType.list_of(self.type(), self._length() if self.took(",") else None)
        if name == LogicalType.MAP:
            key = self.type()
            self.take(",")
            return DataType.map_of(key, self.type())
        if name == LogicalType.STRUCT:
            return self._struct()
        what = f"{name} has no parts"
        raise TypeTextError(what)

    def _length(self) -> int:
        if self.next is None or not re.fullmatch("[0-9]{1,9}", self.next):
            self.refuse_next("the number of elements is missing before")
        return int(self.words.pop(0))

    def _struct(self) -> DataType:
        fields: dict[str, DataType] = {}
        while self.next != ">":
            if fields:
                self.take(",")
            if self.next is None or self.next in "<>,:":
                self.refuse_next("the name of a field is missing before")
            name = self.words.pop(0)
            name = name[1:-1].replace('""', '"') if name.startswith('"') else name
            if name in fields:
                what = f"the field '{name}' stands twice in it"
                raise TypeTextError(what)
            self.take(":")
            fields[name] = self.type()
        return DataType.struct_of(fields.items())


def _split(text: str) -> Iterable[str]:
    at, end = 0, len(text.rstrip())
    while at < end:
        token = _TOKEN.match(text, at)
        if token is None:
            what = "a quote is not closed"
            raise TypeTextError(what)
        yield token[0].strip() if token[1] is None else token[0].lstrip()
        at = token.end()
