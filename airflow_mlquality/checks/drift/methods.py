"""How far two shapes lie apart: the methods of `drift`, each with its levels, its unit and its law without change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_mlquality.checks.drift.cells import Cells
    from airflow_mlquality.measurements import ShapeFact
    from airflow_mlquality.stats.divergences import Divergence

Method = Literal["psi", "js", "ks", "wasserstein", "tv", "hellinger"]


class Distance(Protocol):
    """A distance observed between two samples: its estimate, its interval, and what more rows would tell."""

    @property
    def value(self) -> float:
        """The distance without the part that sampling alone gives."""

    def interval(self, error_rate: float) -> tuple[float, float]:
        """Return an interval of which each end is wrong in at most a share `error_rate` of samples."""

    def outlook(self, error_rate: float, cells: int, scale: float) -> tuple[float, float]:
        """Return the interval ends that nine of ten samples of another size reach, were `value` the truth."""


@dataclass(frozen=True)
class DriftMethod:
    """One way to say how far two shapes lie apart.

    Parameters
    ----------
    title
        In a reason, before "of 'column'".
    unit
        Of the observed number.
    warn, fail
        The levels, where a contract gives none.
    between
        From cells, the shape of the reference and the present one to their distance.
    divergence
        Of cells, by which the part of missing values in the whole is told.
    """

    title: str
    unit: str
    warn: float
    fail: float
    between: Callable[[Cells, ShapeFact, ShapeFact], Distance]
    divergence: Callable[[Cells], Divergence]


@dataclass(frozen=True)
class Scaled:
    """A divergence in another unit."""

    divergence: Distance
    in_unit: Callable[[float], float]

    @property
    def value(self) -> float:
        """The distance without the part that sampling alone gives."""
        return self.in_unit(self.divergence.value)

    def interval(self, error_rate: float) -> tuple[float, float]:
        """Return an interval of which each end is wrong in at most a share `error_rate` of samples."""
        return self._both(self.divergence.interval(error_rate))

    def outlook(self, error_rate: float, cells: int, scale: float) -> tuple[float, float]:
        """Return the interval ends that nine of ten samples of another size reach, were `value` the truth."""
        return self._both(self.divergence.outlook(error_rate, cells, scale))

    def _both(self, ends: tuple[float, float]) -> tuple[float, float]:
        low, high = ends
        return self.in_unit(low), self.in_unit(high)


@dataclass(frozen=True)
class Widened:
    """A distance between merged cells: what merging hides can only add to it, so that the upper end moves up."""

    distance: Distance
    hidden: float

    @property
    def value(self) -> float:
        """The distance without the part that sampling alone gives."""
        return self.distance.value

    def interval(self, error_rate: float) -> tuple[float, float]:
        """Return an interval of which each end is wrong in at most a share `error_rate` of samples."""
        low, high = self.distance.interval(error_rate)
        return low, high + self.hidden

    def outlook(self, error_rate: float, cells: int, scale: float) -> tuple[float, float]:
        """Return the interval ends of another size; with more rows less is merged."""
        return self.distance.outlook(error_rate, cells, scale)


def hidden_by_merging(cells: Cells, reference: ShapeFact, current: ShapeFact) -> float:
    """Return the total variation that rare values show among themselves, beyond that of their sum.

    It is the plain difference of shares, sampling included, so it rather says too much than too little.
    """
    if cells.kind != "category":
        return 0.0
    total = max(reference.rows, 1), max(current.rows, 1)
    hidden = 0.0
    for cell in cells.cells:
        inside = [i for i in cell.places if 0 <= i < len(reference.counts)]
        if len(inside) > 1:
            apart = [current.counts[i] / total[1] - reference.counts[i] / total[0] for i in inside]
            hidden += (sum(map(abs, apart)) - abs(sum(apart))) / 2
    return hidden


def _apart(cells: Cells, reference: ShapeFact, current: ShapeFact) -> Cells:
    """Return the cells with every category that a profile counts in one of its own."""
    from airflow_mlquality.checks.drift.cells import Cell, Cells

    found: list[Cell] = []
    for cell in cells.cells:
        if len(cell.places) < 2:  # noqa: PLR2004  nothing is merged
            found.append(cell)
            continue
        singles = [Cell(cell.label, reference.counts[i], current.counts[i], places=(i,)) for i in cell.places]
        found += [single for single in singles if single.reference or single.current]
    return Cells(cells.kind, tuple(found))


def _with_hidden(
    of: Callable[[Cells], Divergence], cells: Cells, reference: ShapeFact, current: ShapeFact
) -> Divergence | Widened:
    """Return a divergence; of categories with what merging hides of it.

    That is the plain divergence of single values beyond that of the merged ones, sampling included, so it rather says
    too much than too little.
    """
    merged = of(cells)
    if cells.kind != "category":
        return merged
    hidden = of(_apart(cells, reference, current)).observed - merged.observed
    return Widened(merged, hidden) if hidden > 0 else merged


# ---- of cells ----


def _psi(cells: Cells) -> Divergence:
    from airflow_mlquality.stats.divergences import Divergence

    return Divergence.of_psi(cells.reference, cells.current)


def _js(cells: Cells) -> Divergence:
    from airflow_mlquality.stats.divergences import Divergence

    return Divergence.of_js(cells.reference, cells.current)


def _hellinger(cells: Cells) -> Divergence:
    from airflow_mlquality.stats.divergences import Divergence

    return Divergence.of_hellinger(cells.reference, cells.current)


def _psi_distance(cells: Cells, reference: ShapeFact, current: ShapeFact) -> Distance:
    return _with_hidden(_psi, cells, reference, current)


def _js_distance(cells: Cells, reference: ShapeFact, current: ShapeFact) -> Distance:
    from airflow_mlquality.stats.intervals import js_distance

    return Scaled(_with_hidden(_js, cells, reference, current), lambda divergence: float(js_distance(divergence)))


def _hellinger_distance(cells: Cells, reference: ShapeFact, current: ShapeFact) -> Distance:
    from airflow_mlquality.stats.intervals import hellinger_distance

    return Scaled(
        _with_hidden(_hellinger, cells, reference, current), lambda divergence: float(hellinger_distance(divergence))
    )


def _total_variation(cells: Cells, reference: ShapeFact, current: ShapeFact) -> Distance:
    from airflow_mlquality.stats.metrics import Metric

    return Widened(Metric.of_tv(cells.reference, cells.current), hidden_by_merging(cells, reference, current))


# ---- of bins in their order ----


def _kolmogorov(cells: Cells, reference: ShapeFact, current: ShapeFact) -> Distance:
    from airflow_mlquality.stats.metrics import Metric

    if cells.kind != "number":
        largest = Metric.of_largest(cells.reference, cells.current)
        return Widened(largest, hidden_by_merging(cells, reference, current))
    before, now = _missing(cells)
    return Metric.of_ks([*reference.counts, *before], [*current.counts, *now])


def _wasserstein(cells: Cells, reference: ShapeFact, current: ShapeFact) -> Distance:
    from airflow_mlquality.stats.metrics import Metric

    if cells.kind != "number":
        return _total_variation(cells, reference, current)
    return Metric.of_wasserstein(reference.counts, current.counts, reference.bins.edges, _missing(cells))


def _missing(cells: Cells) -> tuple[list[int], list[int]]:
    missing = [cell for cell in cells.cells if cell.is_missing]
    return [cell.reference for cell in missing], [cell.current for cell in missing]


METHODS: dict[str, DriftMethod] = {
    "psi": DriftMethod("PSI", "PSI", 0.1, 0.25, _psi_distance, _psi),
    "js": DriftMethod("Jensen-Shannon distance", "JS distance", 0.13, 0.21, _js_distance, _js),
    "ks": DriftMethod("Kolmogorov-Smirnov distance", "KS distance", 0.1, 0.2, _kolmogorov, _psi),
    "wasserstein": DriftMethod("Wasserstein distance", "standard deviations", 0.25, 0.5, _wasserstein, _psi),
    "tv": DriftMethod("total variation distance", "share", 0.1, 0.2, _total_variation, _psi),
    "hellinger": DriftMethod("Hellinger distance", "Hellinger distance", 0.11, 0.18, _hellinger_distance, _hellinger),
}
"""Levels of PSI are the field's, those of the distances of Jensen-Shannon and Hellinger lie where they equal them. Of
the others they are choices with a meaning: one row in ten and one in five is elsewhere (tv, ks), and rows moved by a
quarter and by half a standard deviation, which a shift of a bell curve shows as 0.1 and 0.2 in ks."""
