"""How often the prior alarms, worked out from the binomial law and not drawn."""

from __future__ import annotations

import pytest

from benchmarks.labels import alarms


@pytest.mark.parametrize("margin", [0.02, 0.01])
@pytest.mark.parametrize("rows", [200, 2_000, 20_000])
def test_shares_inside_the_margin_raise_no_alarm(margin: float, rows: int) -> None:
    found = [alarms(rows, margin, rate=0.01, moved=moved) for moved in (0.0, margin / 2, margin)]

    assert max(found) <= 0.01


def test_a_share_that_moved_by_five_hundredths_is_found_among_two_thousand_rows() -> None:
    """As surely as the docstring of `Prior` says."""
    assert alarms(2_000, margin=0.01, rate=0.01, moved=0.05) >= 0.95
    assert alarms(2_000, margin=0.02, rate=0.01, moved=0.05) == pytest.approx(0.72, abs=0.005)
    assert alarms(5_000, margin=0.02, rate=0.01, moved=0.05) >= 0.99
