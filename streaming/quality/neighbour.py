"""Neighbour: a value that moves, or stands, where the sensors around it do not.

QARTOD, manual for temperature and salinity, test 11 (neighbor), which is its test 9 (multi-variate) with a
second sensor in place of a second quantity: suspect where the change of one exceeds its limit while that of
the other stays below its own; it never fails. That one sees no sensor that is wrong all the time, so a value
far from the neighbours' is suspect too (as asked for of `ioos_qc`, issue 37). They count by their medians, so
that one bad neighbour condemns nobody; with fewer than `_LEAST` of them it is not evaluated.
"""

import numpy as np

from streaming.quality.flags import Flags, Floats, Ints, flagged
from telemetry.quality import MISSING, UNKNOWN

__all__ = ["neighbour"]

_LEAST = 2


def neighbour(values: Floats, change: Floats, place: Ints, far: float, moved: tuple[float, float]) -> Flags:
    """`place` is equal for values that are neighbours of each other (same field and hour).

    `change` is that from the hour before, NaN where it is not known. Suspect: more than `far` from the
    neighbours, or a change of more than the first of `moved` where theirs is below the second.
    """
    step, (alone, together) = np.abs(change), moved
    theirs, their_step = (_of_others(each, place) for each in (values, step))
    missing = np.isnan(values)
    suspect = (np.abs(values - theirs) > far) | ((step > alone) & (their_step < together))
    flags = flagged(suspect, np.zeros(len(values), bool), missing)
    flags[np.isnan(theirs) & (flags != MISSING)] = UNKNOWN
    return flags


def _of_others(values: Floats, place: Ints) -> Floats:
    """For each value the median of those of its neighbours; NaN where it is missing, or has too few."""
    found = np.full(len(values), np.nan)
    there = np.flatnonzero(~np.isnan(values))
    order = there[np.argsort(place[there], kind="stable")]
    for members in np.split(order, np.flatnonzero(np.diff(place[order])) + 1):
        if len(members) > _LEAST:
            found[members] = _medians_of_others(values[members])
    return found


def _medians_of_others(values: Floats) -> Floats:
    """For each value the median of all the others, from their ranks: O(n log n) for a large field."""
    order = np.argsort(values, kind="stable")
    rank = np.empty(len(values), np.int64)
    rank[order] = np.arange(len(values))
    low, high = (len(values) - 2) // 2, (len(values) - 1) // 2
    ranked = values[order]
    medians: Floats = (ranked[low + (rank <= low)] + ranked[high + (rank <= high)]) / 2
    return medians
