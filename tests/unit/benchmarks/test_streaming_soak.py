"""Part `soak`: when memory counts as flat."""

import pytest

from benchmarks.streaming.soak import Sample, growth


def test_growth_is_that_of_the_line_after_the_first_third() -> None:
    filling = [Sample(float(n), {"a": 100.0 * n, "b": 50.0}) for n in range(10)]
    steady = [Sample(float(n), {"a": 950.0, "b": 50.0}) for n in range(10, 31)]
    assert growth(filling + steady) == pytest.approx(0.0)
    leaking = [Sample(float(n), {"a": 950.0 + 10 * (n - 20), "b": 50.0}) for n in range(10, 31)]
    assert growth(filling + leaking) == pytest.approx(0.2)
