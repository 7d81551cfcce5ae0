"""Percentiles, spreads and slopes, in plain Python."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from math import ceil

from msgspec import Struct

__all__ = ["Spread", "backlog", "percentile", "slope", "spread"]


class Spread(Struct, frozen=True, kw_only=True):
    """Milliseconds that half, 99 % and all of `count` readings stayed below or at."""

    count: int
    p50_ms: float
    p99_ms: float
    max_ms: float


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value in the nearest rank of `ordered` (ascending, not empty); `share` from 0 to 1."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def spread(milliseconds: Iterable[float]) -> Spread | None:
    """How they lie; None where there are none."""
    ordered = sorted(milliseconds)
    if not ordered:
        return None
    return Spread(
        count=len(ordered),
        p50_ms=round(percentile(ordered, 0.5), 1),
        p99_ms=round(percentile(ordered, 0.99), 1),
        max_ms=round(ordered[-1], 1),
    )


def backlog(came: Sequence[float], went: Sequence[float], moments: Iterable[float]) -> list[int]:
    """At each moment, how many had come and not gone; both are ascending instants."""
    return [bisect_right(came, moment) - bisect_right(went, moment) for moment in moments]


def slope(values: Sequence[float], step: float = 1.0) -> float:
    """Growth per unit of the line of least squares through values `step` apart; 0 for fewer than two."""
    count = len(values)
    if count < 2:
        return 0.0
    middle, mean = (count - 1) / 2, sum(values) / count
    rise = sum((i - middle) * (value - mean) for i, value in enumerate(values))
    return rise / sum((i - middle) ** 2 for i in range(count)) / step
