"""Reading the evidence of a verdict for a chart: what is not there, or not as agreed, gives no chart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from airflow_mlquality.pages.histogram import are_drawable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.verdict import Verdict


@dataclass(frozen=True)
class Cell:
    """Rows of the reference and of now that fall into one cell."""

    label: str
    reference: float
    current: float


@dataclass(frozen=True)
class Change:
    """The shape of a column then and now.

    Parameters
    ----------
    bins
        Cells between edges, the two open ends included; for a category, one per value.
    others
        Cells beside the bins: NULL, NaN, infinities; empty for a category.
    edges
        Increasing; one fewer than bins. Empty for a category.
    """

    bins: tuple[Cell, ...]
    others: tuple[Cell, ...] = ()
    edges: tuple[float, ...] = ()


@dataclass(frozen=True)
class ClassShare:
    """A class of a label: its expected share, and the observed one with its interval."""

    label: str
    expected: float
    observed: float
    lo: float
    hi: float


def change_of(verdict: Verdict) -> Change | None:
    """Return the change that a drift verdict rests on, or None."""
    cells = _cells(verdict.evidence)
    if not cells or not any(cell.reference for cell in cells) or not any(cell.current for cell in cells):
        return None
    edges = verdict.evidence.get("edges")
    if verdict.evidence.get("kind") != "number" or not _are_edges(edges, cells):
        return Change(cells)
    inside = len(edges) + 1
    return Change(cells[:inside], cells[inside:], tuple(float(edge) for edge in edges))


def _are_edges(edges: Any, cells: tuple[Cell, ...]) -> TypeGuard[Sequence[float]]:
    if not isinstance(edges, list | tuple) or not all(map(_is_number, edges)):
        return False
    return len(edges) < len(cells) and are_drawable(edges)


def edge_texts(change: Change) -> list[str]:
    """Return the edges as the labels of the cells to their right name them.

    >>> cells = tuple(Cell(label, 1, 1) for label in ("≤ 06:00", "(06:00, 12:30]", "> 12:30"))
    >>> edge_texts(Change(cells, (), (6.0, 12.5)))
    ['06:00', '12:30']
    """
    return [cell.label.strip("([<>≤≥ ").split(", ")[0] for cell in change.bins[1:]]


def classes_of(verdict: Verdict) -> tuple[ClassShare, ...]:
    """Return the classes that a verdict on a prior rests on; empty when there are none."""
    found = verdict.evidence.get("classes")
    if not isinstance(found, list | tuple):
        return ()
    classes = [_class_share(entry) for entry in found]
    return tuple(each for each in classes if each)


def _class_share(entry: Any) -> ClassShare | None:
    if not isinstance(entry, dict) or not all(_is_number(entry.get(name)) for name in ("expected", "observed")):
        return None
    expected, observed = float(entry["expected"]), float(entry["observed"])
    lo, hi = (float(entry[name]) if _is_number(entry.get(name)) else observed for name in ("lo", "hi"))
    return ClassShare(str(entry.get("label", "")), expected, observed, lo, hi)


def _cells(evidence: Mapping[str, Any]) -> tuple[Cell, ...]:
    found = evidence.get("cells")
    if not isinstance(found, list | tuple):
        return ()
    return tuple(
        Cell(str(entry.get("label", "")), entry["reference"], entry["current"])
        for entry in found
        if isinstance(entry, dict) and all(_is_count(entry.get(name)) for name in ("reference", "current"))
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: Any) -> bool:
    return _is_number(value) and value >= 0
