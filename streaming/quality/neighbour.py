"""Neighbour: a value that disagrees with the sensors around it at the same time.

QARTOD, manual for temperature and salinity, test 11 (neighbor):
suspect where the difference from the neighbours exceeds a limit. They stand for themselves by their
median, so that one bad neighbour condemns nobody; with fewer than `least` of them it is not evaluated.
"""

import numpy as np

from streaming.quality.flags import Flags, Floats, Ints
from telemetry.quality import GOOD, MISSING, SUSPECT, UNKNOWN

__all__ = ["neighbour"]


def neighbour(values: Floats, place: Ints, limit: float, least: int = 2) -> Flags:
    """`place` is equal for values that are neighbours of each other (same field and hour)."""
    flags = np.full(len(values), UNKNOWN, np.uint8)
    flags[np.isnan(values)] = MISSING
    for name in np.unique(place):
        members = np.flatnonzero((place == name) & ~np.isnan(values))
        if len(members) > least:
            off = np.abs(values[members] - _medians_of_others(values[members]))
            flags[members] = np.where(off > limit, np.uint8(SUSPECT), np.uint8(GOOD))
    return flags


def _medians_of_others(values: Floats) -> Floats:
    """For each value the median of all the others, from their ranks: O(n log n) for a large field."""
    order = np.argsort(values, kind="stable")
    rank = np.empty(len(values), np.int64)
    rank[order] = np.arange(len(values))
    low, high = (len(values) - 2) // 2, (len(values) - 1) // 2
    ranked = values[order]
    medians: Floats = (ranked[low + (rank <= low)] + ranked[high + (rank <= high)]) / 2
    return medians
