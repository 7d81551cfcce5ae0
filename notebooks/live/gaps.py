"""Where there is no data, there is a hole, and no line through it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

__all__ = ["with_gaps"]

Point = tuple[datetime, float | None]


def with_gaps(points: Sequence[Point], most: float = 2.5) -> list[Point]:
    """The points with a hole (None) wherever two are further apart than `most` times the usual step."""
    steps = sorted(b[0] - a[0] for a, b in pairwise(points))
    usual = steps[len(steps) // 2] if steps else timedelta(0)
    found: list[Point] = []
    for point in points:
        if found and point[0] - found[-1][0] > usual * most:
            found.append((found[-1][0] + usual, None))
        found.append(point)
    return found
