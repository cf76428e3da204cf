from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from airflow_mlquality.stats.binning import cell_number, equal_mass_groups, frequent

fine = st.lists(st.integers(0, 500), min_size=1, max_size=60)


@given(fine, st.integers(2, 20), st.floats(1, 300))
def test_groups_cover_every_cell_once_and_in_order(counts: list[int], most: int, least: float) -> None:
    groups = equal_mass_groups(counts, most=most, least=least)

    assert [i for start, stop in groups for i in range(start, stop)] == list(range(len(counts)))
    assert all(start < stop for start, stop in groups)


@given(fine, st.integers(2, 20), st.floats(1, 300))
def test_groups_are_no_more_than_asked_for_and_hold_enough_rows(counts: list[int], most: int, least: float) -> None:
    held = [sum(counts[start:stop]) for start, stop in equal_mass_groups(counts, most=most, least=least)]
    inside = [mass for mass in held if mass]

    assert len(inside) <= most
    assert len(inside) <= 2 or min(inside) >= least


@given(fine)
def test_two_cells_with_rows_are_never_one_group(counts: list[int]) -> None:
    held = sum(1 for count in counts if count)

    groups = equal_mass_groups(counts, most=5, least=1e9)

    assert sum(1 for start, stop in groups if any(counts[start:stop])) == min(2, held)


def test_a_heavy_cell_stays_alone() -> None:
    groups = equal_mass_groups([10, 10, 600, 10, 10, 10], most=5, least=10)

    assert (2, 3) in groups


def test_fifty_even_cells_become_twenty_of_about_equal_mass() -> None:
    counts = [20] * 50

    held = [sum(counts[start:stop]) for start, stop in equal_mass_groups(counts, most=20, least=10)]

    assert (len(held), min(held), max(held)) == (20, 40, 60)


def test_rare_categories_are_left_to_one_cell() -> None:
    assert frequent([100, 40, 9, 3], most=20, least=10) == [0, 1]
    assert frequent([100, 40, 30], most=2, least=10) == [0, 1]
    assert frequent([], most=2, least=10) == []


def test_small_samples_are_spread_over_few_cells() -> None:
    assert [cell_number(rows) for rows in (1, 99, 240, 10**9)] == [5, 5, 12, 20]
