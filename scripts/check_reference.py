"""The reference of checks, as docs/checks: a page per check and a list of all, written from the classes.

Run ``python -m scripts.check_reference``; a test holds the pages against this program, and the examples on them run as
doctests of the classes.
"""

from __future__ import annotations

import inspect
import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from airflow_mlquality.checks import CHECKS
from airflow_mlquality.checks.base import Family
from airflow_mlquality.contract.descriptions import descriptions
from airflow_mlquality.contract.options import is_whole_part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from airflow_mlquality.checks import Check

FOLDER = Path(__file__).parent.parent / "docs" / "checks"

PLACES = {
    "column": "columns:\n  NAME:\n    {call}",
    "rows": "rows:\n  - {call}",
    "table": "table:\n  {call}",
    "schema": "schema:\n  {call}",
    "labels": "labels:\n  column: NAME\n  {call}",
    "drift": "drift:\n  {call}",
}
"""Where a check stands in a contract."""

_OF_ALL = ("id", "runbook", "policy")
_UNDERLINED = re.compile(r"^([A-Z][^\n]*)\n-{3,}$", re.MULTILINE)
_INTRODUCTION = """\
# Checks

Every check that a contract may hold, by family. Each asks for facts, and concludes `pass`, `warn`, `fail`, `undecided`
or `error` from one observed number. These pages are written by `python -m scripts.check_reference` from the classes in
`airflow_mlquality/checks`; the examples on them run with the tests."""


def summary(check: type[Check]) -> str:
    """Return the first paragraph of a check's documentation."""
    return " ".join(inspect.getdoc(check).split("\n\n", 1)[0].split())  # type: ignore[union-attr]  # a test demands it


def options(check: type[Check]) -> Iterator[tuple[str, FieldInfo, str]]:
    """Yield the options that a contract may give: how they are spelled, their field, and what they mean."""
    told = descriptions(check)
    spelled = {field: name for name, field in check.spelled.items()}
    for name, field in check.model_fields.items():
        if name not in check.filled:
            yield spelled.get(name, name), field, told.get(name, "")


def body(check: type[Check]) -> str:
    """Return a check's documentation as Markdown."""
    text = inspect.getdoc(check) or ""
    text = _UNDERLINED.sub(r"## \1", text)
    before, found, examples = text.partition("## Examples")
    return f"{before}{found}\n\n```python\n{examples.strip()}\n```" if found else text


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value: Any = field.get_default(call_default_factory=True)
    return "" if value is None or value in ((), "", {}) else f"`{value}`"


def _options(check: type[Check]) -> str:
    own = [each for each in options(check) if each[0] not in _OF_ALL]
    lines = ["| option | default | meaning |", "|---|---|---|"]
    lines += [f"| `{name}` | {_default(field)} | {' '.join(told.split())} |" for name, field, told in own]
    return "\n".join(lines) if own else "None of its own."


def _call(check: type[Check]) -> str:
    name = check.name()
    if check.flag:
        return f"{name}: true"
    required = [option for option, field, _ in options(check) if field.is_required()]
    inner = ", ".join(f"{option}: …" for option in required)
    if check.scope == "rows" and name in required:  # an item of rows holds the options beside the name of its check
        beside = ", ".join(f"{option}: …" for option in sorted(required, key=lambda option: option != name))
        return f"{{{beside}}}"
    return f"{name}: {{{inner or '…'}}}"


def page(check: type[Check]) -> str:
    """Return the page of a check."""
    where = PLACES[check.scope].format(call=_call(check))
    if is_whole_part(check):  # the part of the contract holds its options
        where = f"{check.name()}:\n  columns: [NAME, …]\n  reference: …"
    others = ", ".join(f"`{scope}`" for scope in check.other_scopes)
    also = f"\n\nIt may stand under {others} as well." if others else ""
    parts = (
        f"# `{check.name()}`",
        f"*Family {check.family}.*",
        body(check),
        "## In a contract",
        f"```yaml\n{where}\n```{also}",
        "## Options",
        _options(check),
        "Every check takes `id`, `runbook` and `policy` as well.",
    )
    return "\n\n".join(parts) + "\n"


def by_family() -> list[type[Check]]:
    """Return all checks, those of a family together."""
    families = get_args(Family)
    return sorted(CHECKS.values(), key=lambda check: families.index(check.family))


def index() -> str:
    """Return the list of all checks by family."""
    parts = [_INTRODUCTION]
    for family, checks in groupby(by_family(), key=lambda check: check.family):
        lines = [f"| [`{check.name()}`]({check.name()}.md) | {summary(check)} |" for check in checks]
        parts += [f"## {family.capitalize()}", "\n".join(["| check | what holds |", "|---|---|", *lines])]
    return "\n\n".join(parts) + "\n"


def pages() -> dict[str, str]:
    """Return the text of every file, by its name."""
    return {"README.md": index(), **{f"{name}.md": page(check) for name, check in CHECKS.items()}}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    written = pages()
    for old in FOLDER.glob("*.md"):
        if old.name not in written:
            old.unlink()
    for name, text in written.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    print(FOLDER)
