"""Degrees to metres."""

import pytest

from notebooks.ground import Ground, ground_of


def test_a_degree_at_the_equator_and_at_45() -> None:
    """Lengths of a degree (WGS84): 110.574 and 111.320 km at the equator, 111.132 and 78.847 at 45°."""
    assert Ground(0, 0).metres(1, 1) == pytest.approx((111320, 110574), rel=1e-4)
    assert Ground(10, 45).metres(11, 46) == pytest.approx((78847, 111132), rel=1e-4)


def test_over_the_date_line() -> None:
    assert Ground(179.99, 0).metres(-179.99, 0)[0] == pytest.approx(0.02 * 111320, rel=1e-3)


def test_the_middle_is_the_origin() -> None:
    ground = ground_of([(10.0, 50.0), (10.2, 50.1), (10.1, 50.4)])
    assert ground == (pytest.approx(10.1), pytest.approx(50.2))
    assert ground_of([]) == (0.0, 0.0)
