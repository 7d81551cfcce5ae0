"""When water came: moisture that rises faster than soil does by itself."""

from typing import NamedTuple

import numpy as np

from notebooks.history.combine import Curve

__all__ = ["Rise", "rises"]

LEAST = 2.0
"""% of water content: a rise that is smaller may be noise, or the day's warmth on the sensor."""

WITHIN = 6 * 3600e3
"""ms in which irrigation or rain shows at the sensor; over coarser points, from one to the next."""


class Rise(NamedTuple):
    """From when to when, in ms, and by how many % of water content."""

    begin: float
    end: float
    by: float


def rises(curve: Curve) -> list[Rise]:
    """Rises of at least LEAST from a low to the high after it, in order; nothing across a hole."""
    found: list[Rise] = []
    start = 0
    times, mean = curve.times, curve.mean
    for i in range(1, len(mean)):
        if np.isnan(mean[i]) or np.isnan(mean[i - 1]) or mean[i] <= mean[start]:
            start = i
            continue
        while times[i] - times[start] > max(WITHIN, times[i] - times[i - 1]):
            start += 1
        if mean[i] - mean[start] >= LEAST:
            _add(found, Rise(float(times[start]), float(times[i]), float(mean[i] - mean[start])))
    return found


def _add(found: list[Rise], rise: Rise) -> None:
    """One shower is one rise, however many points it takes."""
    if found and rise.begin <= found[-1].end:
        last = found.pop()
        found.append(Rise(last.begin, rise.end, max(last.by, rise.by)))
    else:
        found.append(rise)
