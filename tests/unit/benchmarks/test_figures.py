"""Percentiles, backlogs and slopes on figures that can be checked by hand."""

import pytest

from benchmarks.figures import backlog, percentile, slope, spread


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1.0), (0.5, 50.0), (0.99, 99.0), (0.995, 100.0), (1.0, 100.0)]
)
def test_the_nearest_rank_of_a_hundred(share: float, expected: float) -> None:
    assert percentile([float(n) for n in range(1, 101)], share) == expected


def test_a_percentile_of_one_value_is_that_value() -> None:
    assert percentile([7.0], 0.5) == percentile([7.0], 0.99) == 7.0


def test_a_spread_does_not_depend_on_the_order() -> None:
    found = spread([3.0, 1.0, 2.0])
    assert found is not None
    assert (found.count, found.p50_ms, found.p99_ms, found.max_ms) == (3, 2.0, 3.0, 3.0)


def test_nothing_has_no_spread() -> None:
    assert spread([]) is None


def test_a_backlog_is_what_came_and_has_not_gone() -> None:
    assert backlog([1.0, 2.0, 3.0], [2.5, 4.0], [0.0, 2.0, 3.0, 5.0]) == [0, 2, 2, 1]


@pytest.mark.parametrize(
    ("values", "step", "expected"),
    [
        ([], 1.0, 0.0),
        ([5.0], 1.0, 0.0),
        ([1.0, 3.0, 5.0], 1.0, 2.0),
        ([1.0, 3.0, 5.0], 2.0, 1.0),
        ([4, 4], 1.0, 0.0),
    ],
)
def test_the_slope_of_a_line(values: list[float], step: float, expected: float) -> None:
    assert slope(values, step) == pytest.approx(expected)
