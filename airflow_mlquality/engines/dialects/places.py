"""Counts of rows per bin or per value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from airflow_mlquality.engines.dialects.base import Form, Grouped, Inline
from airflow_mlquality.engines.dialects.spelling import Spelling
from airflow_mlquality.engines.dialects.translation.comparisons import compare

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow_mlquality.engines.dialects.translation.translation import Translation


class Places(Spelling):
    """How an engine counts rows per place: grouped by the place where it has grouping sets, else place by place."""

    has_grouping_sets: ClassVar[bool] = True

    def counts_in_bins(self, translation: Translation, tree: exp.Expr) -> Form:
        """Return a count per bin below an edge."""
        edges = [float(edge.sql()) for edge in tree.expressions]
        if not edges:
            return _nothing()
        if self.has_grouping_sets:
            return Grouped(self.bin_of(translation, tree.this, edges), len(edges))
        value = translation.term(tree.this).sql
        return Inline(tuple(self.count_where(f"({value} <= {self.double(edge)})") for edge in edges), _differences)

    def bin_of(self, translation: Translation, value: exp.Expr, edges: Sequence[float]) -> str:
        """Return the place of a number among edges; NULL and what lies above the last one are in none."""
        subject = translation.term(value).sql
        return _halved([self.double(edge) for edge in edges], 1, lambda edge: f"{subject} <= {edge}")

    def counts_of_values(self, translation: Translation, tree: exp.Expr) -> Form:
        """Return a count per constant."""
        value = translation.term(tree.this)
        tests = [
            "" if isinstance(each, exp.Null) else compare(translation, value, translation.term(each), "=").sql
            for each in tree.expressions
        ]
        if not any(tests):
            return _nothing(len(tests))
        if self.has_grouping_sets:
            place = self.place_of(translation, tree, tests)
            return Grouped(place, len(tests))
        return Inline(
            tuple(self.count_where(test or "1 = 0") for test in tests),
            lambda counts: tuple(int(count or 0) for count in counts),
        )

    def place_of(self, translation: Translation, tree: exp.Expr, tests: Sequence[str]) -> str:  # noqa: ARG002  some engines look it up
        """Return the place of a value among constants."""
        branches = " ".join(f"WHEN {test} THEN {place}" for place, test in enumerate(tests, 1) if test)
        return f"(CASE {branches} ELSE 0 END)"


def _nothing(places: int = 0) -> Inline:
    return Inline(("COUNT(*)",), lambda _: (0,) * places)


def _differences(counts: Sequence[Any]) -> tuple[int, ...]:
    """Return counts per bin of counts up to each edge.

    >>> _differences([2, 2, 5])
    (2, 0, 3)
    """
    whole = [int(count or 0) for count in counts]
    return tuple(upto - before for upto, before in zip(whole, [0, *whole], strict=False))


def _halved(edges: Sequence[str], first: int, is_below: Callable[[str], str]) -> str:
    """Return a choice of the place that halves the edges again and again."""
    if not edges:
        return "0"
    if len(edges) == 1:
        return f"CASE WHEN {is_below(edges[0])} THEN {first} ELSE 0 END"
    middle = (len(edges) - 1) // 2
    return (
        f"CASE WHEN {is_below(edges[middle])} THEN {_halved_inside(edges[:middle], first, is_below)} "
        f"ELSE {_halved(edges[middle + 1 :], first + middle + 1, is_below)} END"
    )


def _halved_inside(edges: Sequence[str], first: int, is_below: Callable[[str], str]) -> str:
    """Return the same of a value that is known to lie below the edge after the last one."""
    if not edges:
        return str(first)
    middle = len(edges) // 2
    return (
        f"CASE WHEN {is_below(edges[middle])} THEN {_halved_inside(edges[:middle], first, is_below)} "
        f"ELSE {_halved_inside(edges[middle + 1 :], first + middle + 1, is_below)} END"
    )
