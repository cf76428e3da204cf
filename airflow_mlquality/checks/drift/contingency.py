"""Rows per pair of values of two columns, the rare values as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.measurements import GroupsFact

MOST_VALUES = 10
"""Values of a column that are told apart; the others are one."""
RARE, MISSING = "rare values", "NULL"


def information(held: Any, seen: Any) -> dict[str, float]:
    """Return how many bits one column says of the other, in the reference and now."""
    from airflow_mlquality.stats.dependence import mutual_information

    return {"reference": mutual_information(held), "current": mutual_information(seen)}


def _text(value: object) -> str:
    if value is None:
        return MISSING
    return str(value).lower() if isinstance(value, bool) else f"{value}"


def counts_of(fact: GroupsFact, rows: int) -> dict[tuple[str, str], int]:
    """Return rows per pair of values as text; what lies beyond the groups that are kept is rare."""
    counts = {(_text(one), _text(two)): int(number or 0) for one, two, number in fact.rows}
    beyond = rows - sum(counts.values())
    if beyond > 0 and not fact.is_complete:
        counts[RARE, RARE] = counts.get((RARE, RARE), 0) + beyond
    return counts


def sums(counts: Mapping[tuple[str, str], int], side: int) -> dict[str, int]:
    """Return rows per value of the first or the second column; those that have any."""
    found: dict[str, int] = {}
    for key, number in counts.items():
        found[key[side]] = found.get(key[side], 0) + number
    return {value: number for value, number in found.items() if number}


def frequent_values(rows: Mapping[str, int], smaller: int) -> set[str]:
    """Return the values of which the smaller sample expects enough rows."""
    from airflow_mlquality.stats.binning import LEAST_ROWS, frequent

    values = list(rows)
    least = LEAST_ROWS * sum(rows.values()) / smaller if smaller else 1
    kept = frequent([rows[value] for value in values], most=MOST_VALUES, least=least)
    return {values[i] for i in kept} | {MISSING}


def merged(counts: Mapping[tuple[str, str], int], kept: list[set[str]]) -> dict[tuple[str, str], int]:
    """Return rows per pair of values, those that are not kept as one."""
    whole: dict[tuple[str, str], int] = {}
    for (one, two), number in counts.items():
        key = (one if one in kept[0] else RARE, two if two in kept[1] else RARE)
        whole[key] = whole.get(key, 0) + number
    return whole
