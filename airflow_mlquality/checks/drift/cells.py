"""The cells on which two shapes of a column are compared, with their labels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow_mlquality.measurements.segments import MINUS_INF, NAN, NULL, PLUS_INF
from airflow_mlquality.stats.binning import LEAST_ROWS, MOST_CELLS, cell_number, equal_mass_groups, frequent

if TYPE_CHECKING:
    from airflow_mlquality.measurements import ShapeFact

EdgeText = Callable[[Sequence[float]], list[str]]


@dataclass(frozen=True)
class Cell:
    """Rows of two shapes in one cell."""

    label: str
    reference: int
    current: int
    is_missing: bool = False
    """Whether its rows hold no number or category: NULL, NaN or infinite."""
    places: tuple[int, ...] = ()
    """Which bins of the shape it holds, as `measurements.segments` numbers them."""


@dataclass(frozen=True)
class Cells:
    """The cells on which two shapes are compared.

    Parameters
    ----------
    kind
        `number`, `category` or `presence`.
    cells
        The values first, in order; then NULL, NaN and infinities where either side has them.
    edges
        Between the cells of a number; one fewer than there are of them.
    """

    kind: str
    cells: tuple[Cell, ...]
    edges: tuple[float, ...] = ()

    @property
    def reference(self) -> list[int]:
        """Rows per cell in the reference."""
        return [cell.reference for cell in self.cells]

    @property
    def current(self) -> list[int]:
        """Rows per cell now."""
        return [cell.current for cell in self.cells]

    def with_values(self) -> Cells:
        """Return the cells that hold values."""
        return Cells(self.kind, tuple(cell for cell in self.cells if not cell.is_missing), self.edges)


def cells_of(
    reference: ShapeFact, current: ShapeFact, rows: int, edge_text: EdgeText, display: Callable[[Any], str]
) -> Cells:
    """Return the cells on which two shapes are compared when the current one has some number of rows.

    A side that holds no value at all says nothing of values; then only their presence is compared.

    Parameters
    ----------
    reference, current
        On the same bins, unless one of them holds no value.
    rows
        As many as the current shape has, or would have.
    edge_text
        Edges as text.
    display
        A category as it may be shown.
    """
    missing = _missing(reference, current)
    held = [sum(shape.counts) + shape.other for shape in (reference, current)]
    if not all(held) or reference.bins.kind == "presence":
        places = tuple(range(len(reference.counts) + 1))
        return Cells("presence", (*_seen(Cell("a value", held[0], held[1], places=places)), *missing))
    smaller = min(rows, reference.rows)
    least = LEAST_ROWS * reference.rows / smaller
    if reference.bins.kind == "number":
        return _numbers(reference, current, smaller, least, edge_text, missing)
    return Cells("category", (*_categories(reference, current, least, display), *missing))


NAMED_CELLS = 3
"""Most cells that a reason names."""


def most_moved(cells: Cells) -> list[Cell]:
    """Return the cells that make at least half of the PSI, three at most, the largest part first."""
    from airflow_mlquality.stats.distances import smoothed_shares

    reference, current = smoothed_shares(cells.reference, cells.current)
    parts = [float((p - q) * math.log(p / q)) for q, p in zip(reference, current, strict=True)]
    order = sorted(range(len(parts)), key=lambda i: -parts[i])
    named: list[Cell] = []
    for i in order[:NAMED_CELLS]:
        named.append(cells.cells[i])
        if 2 * sum(parts[j] for j in order[: len(named)]) >= sum(parts):
            break
    return named


def _seen(*cells: Cell) -> tuple[Cell, ...]:
    return tuple(cell for cell in cells if cell.reference or cell.current)


def _missing(reference: ShapeFact, current: ShapeFact) -> tuple[Cell, ...]:
    before, now = reference.non_finite, current.non_finite
    return _seen(
        Cell("NULL", reference.nulls, current.nulls, is_missing=True, places=(NULL,)),
        Cell("NaN", before.nan, now.nan, is_missing=True, places=(NAN,)),
        Cell("+Inf", before.plus_inf, now.plus_inf, is_missing=True, places=(PLUS_INF,)),
        Cell("-Inf", before.minus_inf, now.minus_inf, is_missing=True, places=(MINUS_INF,)),
    )


# ---- categories ----


def _categories(
    reference: ShapeFact, current: ShapeFact, least: float, display: Callable[[Any], str]
) -> tuple[Cell, ...]:
    kept = frequent(reference.counts, most=MOST_CELLS, least=least)
    named = [Cell(display(reference.bins.values[i]), reference.counts[i], current.counts[i], places=(i,)) for i in kept]
    rare = tuple(i for i in range(len(reference.counts)) if i not in kept)
    held, seen = (sum(shape.counts[i] for i in rare) for shape in (reference, current))
    others = "other values" if reference.other else "new values"
    return _seen(
        *named,
        Cell("rare values", held, seen, places=rare),
        Cell(others, reference.other, current.other, places=(len(reference.counts),)),
    )


# ---- numbers ----


def _numbers(
    reference: ShapeFact,
    current: ShapeFact,
    smaller: int,
    least: float,
    edge_text: EdgeText,
    missing: tuple[Cell, ...],
) -> Cells:
    groups = equal_mass_groups(reference.counts, most=cell_number(smaller), least=least)
    groups = _without_empty_ends(groups, reference, current)
    fine = reference.bins.edges
    labels = interval_labels([stop for _, stop in groups[:-1]], fine, edge_text)
    cells = tuple(
        Cell(
            label, sum(reference.counts[start:stop]), sum(current.counts[start:stop]), places=tuple(range(start, stop))
        )
        for label, (start, stop) in zip(labels, groups, strict=True)
    )
    return Cells("number", (*cells, *missing), tuple(fine[stop - 1] for _, stop in groups[:-1]))


def _without_empty_ends(
    groups: list[tuple[int, int]], reference: ShapeFact, current: ShapeFact
) -> list[tuple[int, int]]:
    """Return groups where those at the ends that no row fell into belong to their neighbours."""

    def is_empty(group: tuple[int, int]) -> bool:
        return not any(sum(shape.counts[slice(*group)]) for shape in (reference, current))

    if len(groups) > 1 and is_empty(groups[0]):
        groups = [(0, groups[1][1]), *groups[2:]]
    if len(groups) > 1 and is_empty(groups[-1]):
        groups = [*groups[:-2], (groups[-2][0], groups[-1][1])]
    return groups


def interval_labels(stops: Sequence[int], fine: Sequence[float], edge_text: EdgeText) -> list[str]:
    """Return interval labels; an edge just below a single value is shown as that value, left out on its side."""
    if not stops:
        return ["any value"]
    below = [_is_just_below(fine, stop) for stop in stops]
    texts = edge_text([fine[stop] if just else fine[stop - 1] for stop, just in zip(stops, below, strict=True)])
    first = f"< {texts[0]}" if below[0] else f"≤ {texts[0]}"
    last = f"≥ {texts[-1]}" if below[-1] else f"> {texts[-1]}"
    inner = []
    for i in range(1, len(stops)):
        low, high = texts[i - 1], texts[i]
        is_single = below[i - 1] and not below[i] and low == high
        inner.append(low if is_single else f"{'[' if below[i - 1] else '('}{low}, {high}{')' if below[i] else ']'}")
    return [first, *inner, last]


def _is_just_below(fine: Sequence[float], stop: int) -> bool:
    return stop < len(fine) and math.nextafter(fine[stop - 1], math.inf) == fine[stop]


# ---- edges as text ----


def number_edges(edges: Sequence[float]) -> list[str]:
    """Return numbers with as many digits as keep different ones apart, four at least.

    >>> number_edges([16.0, 25.5, 80.0]), number_edges([1000.01, 1000.02])
    (['16', '25.5', '80'], ['1000.01', '1000.02'])
    """
    texts: list[str] = []
    for digits in (4, 6, 9, 12, 17):
        texts = [f"{edge:.{digits}g}" if edge != int(edge) or abs(edge) >= 1e15 else f"{int(edge):,}" for edge in edges]  # noqa: PLR2004  beyond 15 digits a float is no whole number
        if len(set(texts)) == len(set(edges)):
            break
    return texts


def clock_edges(edges: Sequence[float]) -> list[str]:
    """Return hours of the day as clock times.

    >>> clock_edges([0.0, 13.5])
    ['00:00', '13:30']
    """
    seconds = [round(edge * 3600) for edge in edges]
    whole = not any(second % 60 for second in seconds)
    clocks = [f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}" for second in seconds]
    return [clock[:5] for clock in clocks] if whole else clocks


def instant_edges(edges: Sequence[float]) -> list[str]:
    """Return seconds since 1970 as dates, with the time of day where there is one.

    >>> instant_edges([0.0, 86_400.0]), instant_edges([-3600.0])
    (['1970-01-01', '1970-01-02'], ['1969-12-31 23:00:00'])
    """
    origin = datetime(1970, 1, 1, tzinfo=UTC)
    instants = [origin + timedelta(seconds=max(min(edge, 2.5e11), -6.2e10)) for edge in edges]
    texts = [f"{instant:%Y-%m-%d %H:%M:%S}" for instant in instants]
    return [text[:10] for text in texts] if all(text.endswith(" 00:00:00") for text in texts) else texts
