"""YAML as a person reads it: the core rules of YAML 1.2, and the line of everything.

Only true and false are booleans; `NO`, `on`, `12:30` and `2024-01-01` are text; `1e3` is a number; `0123` is 123.
Beyond the core rules, `9_000` is 9000, because people group thousands. Keys are always text. Tags, and so objects
of any kind, are refused; anchors and merge keys work within limits.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from airflow_mlquality.errors import ContractError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from yaml.nodes import MappingNode, Node, ScalarNode

    _Pair = tuple[Node, Node]

Path = tuple[str | int, ...]

LONGEST_TEXT = 500_000
"""Characters of a document."""
MOST_NODES = 100_000
"""Values of a document once its aliases are written out."""
DEEPEST = 50
"""Levels of nesting."""


@dataclass
class Document:
    """What a YAML text says, and where it says it.

    Parameters
    ----------
    data
        Mappings, lists, text, numbers, booleans and None.
    lines
        The line of every key and list item, by its path.
    problems
        What is wrong though the text could be read, such as a key given twice.
    """

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read(text: str, where: str) -> Document:
    """Return what a YAML text says.

    Parameters
    ----------
    text
        One YAML document.
    where
        Name of the file, for messages.

    Raises
    ------
    ContractError
        The text is not YAML, or beyond the limits.
    """
    if len(text) > LONGEST_TEXT:
        raise ContractError([Problem.not_yaml(where, 0, f"it is longer than {LONGEST_TEXT:,} characters")])
    try:
        loader = _Composer(text)
        node = loader.get_single_node()
    except yaml.reader.ReaderError as broken:
        line = text.count("\n", 0, broken.position) + 1
        what = f"the character U+{ord(text[broken.position]):04X} is not allowed"
        raise ContractError([Problem.not_yaml(where, line, what)]) from None
    except yaml.MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        line = mark.line + 1 if mark else 0
        raise ContractError([Problem.not_yaml(where, line, str(broken.problem or broken.context))]) from None
    if node is None:
        return Document()
    builder = _Builder(where)
    builder.document.data = builder.value(node, ())
    return builder.document


class _Composer(yaml.BaseLoader):
    """Nodes from text: no tags, no more depth than a person would write."""

    depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # types-PyYAML leaves it untyped
        if getattr(event, "tag", None) is not None:
            raise yaml.MarkedYAMLError(None, None, f"the tag '{event.tag}' is not allowed", event.start_mark)
        if self.depth > DEEPEST:
            raise yaml.MarkedYAMLError(None, None, f"it nests deeper than {DEEPEST} levels", event.start_mark)
        self.depth += 1
        try:
            node: Node | None = super().compose_node(parent, index)
        finally:
            self.depth -= 1
        return node


class _Builder:
    """Data from nodes, with lines; aliases are written out as often as they are used."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.document = Document()
        self.nodes = 0
        self.open: set[int] = set()

    def value(self, node: Node, path: Path) -> Any:
        self._count(node)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        with self._inside(node):
            if isinstance(node, yaml.MappingNode):
                return {name: self._item(key, value, (*path, name)) for name, (key, value) in self._pairs(node, path)}
            return [self._item(item, item, (*path, position)) for position, item in enumerate(node.value)]

    def _item(self, start: Node, value: Node, path: Path) -> Any:
        self.document.lines[path] = _line(start)
        return self.value(value, path)

    def _pairs(self, node: MappingNode, path: Path) -> Iterable[tuple[str, _Pair]]:
        """Return the keys of a mapping, merged ones first; its own keys win over merged ones."""
        merged: dict[str, _Pair] = {}
        own: dict[str, _Pair] = {}
        for key, value in node.value:
            self._count(key)
            if _is_merge(key):
                for name, pair in self._merged(value, path):
                    merged.setdefault(name, pair)
                continue
            name = self._key(key)
            if name in own:
                self._duplicate(name, key, own[name][0], path)
            else:
                own[name] = (key, value)
        return (merged | own).items()

    def _merged(self, node: Node, path: Path) -> Iterator[tuple[str, _Pair]]:
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for source in sources:
            if not isinstance(source, yaml.MappingNode):
                raise self._error(source, "a merge key takes a mapping or a list of mappings")
            with self._inside(source):
                yield from self._pairs(source, path)

    def _key(self, key: Node) -> str:
        if not isinstance(key, yaml.ScalarNode):
            raise self._error(key, "a key is a word, not a list or mapping")
        return str(key.value)

    @contextmanager
    def _inside(self, node: Node) -> Iterator[None]:
        if id(node) in self.open:
            raise self._error(node, "an alias stands inside its own anchor")
        self.open.add(id(node))
        yield
        self.open.discard(id(node))

    def _count(self, node: Node) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise self._error(node, f"it has more than {MOST_NODES:,} values, its aliases written out")

    def _error(self, node: Node, what: str) -> ContractError:
        return ContractError([Problem.not_yaml(self.where, _line(node), what)])

    def _duplicate(self, name: str, key: Node, first: Node, path: Path) -> None:
        place = Place(self.where, path_text((*path, name)), _line(key))
        self.document.problems.append(Problem.key_twice(place, _line(first)))


def path_text(path: Path) -> str:
    """Return a path for people.

    >>> path_text(("rows", 0, "rule"))
    'rows[0].rule'
    """
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _is_merge(key: Node) -> bool:
    return isinstance(key, yaml.ScalarNode) and key.style is None and key.value == "<<"


# ---- scalars: the core schema of YAML 1.2, section 10.3.2 ----

_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((sign + word for sign in ("", "+") for word in (".inf", ".Inf", ".INF")), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}
_LONGEST_NUMBER = 400
_INTEGER = re.compile(r"[-+]?(?:[0-9]+|[0-9]{1,3}(?:_[0-9]{3})+)", re.ASCII)
_OTHER_BASE = re.compile(r"0o(?P<octal>[0-7]+)|0x(?P<hexadecimal>[0-9a-fA-F]+)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)


def _scalar(node: ScalarNode) -> Any:
    return plain(node.value) if node.style is None else node.value


def plain(text: str) -> str | float | bool | None:
    """Return what an unquoted word of YAML means.

    >>> [plain(word) for word in ("no", "12:30", "2024-01-01", "1e3", "0123", "9_000", "0x1F", "true", "~")]
    ['no', '12:30', '2024-01-01', 1000.0, 123, 9000, 31, True, None]
    """
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > _LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return int(text.replace("_", ""))
    if _FLOAT.fullmatch(text):
        return float(text)
    other = _OTHER_BASE.fullmatch(text)
    if other:
        return int(other["octal"], 8) if other["octal"] else int(other["hexadecimal"], 16)
    return text
