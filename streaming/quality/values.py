"""Values of series that lie one after the other, each behind the last values from before its first row.

A reading's flags depend on up to `reach` values before it; of the other columns only the row before counts.
So the state of a bucket holds few rows, and of those before them nothing but the values.
"""

from typing import NamedTuple

import numpy as np

from streaming.quality.flags import Floats, Ints
from telemetry.quantities import QUANTITIES

__all__ = ["Before", "Values"]


class Before(NamedTuple):
    """Of each sensor the values (sensors x depth x quantities, oldest first), and how many are there."""

    values: Floats  # NaN to the left of those that are there
    there: Ints

    @classmethod
    def nothing(cls, sensors: int, depth: int) -> "Before":
        """Series that begin with their first row."""
        return cls(np.full((sensors, depth, len(QUANTITIES)), np.nan), np.zeros(sensors, np.int64))

    def fit(self, sensors: int, depth: int) -> "Before":
        """The same with more sensors, and with so many values of each."""
        known, held = self.values.shape[:2]
        if (known, held) == (sensors, depth):
            return self
        fitting, keep = Before.nothing(sensors, depth), min(held, depth)
        fitting.values[:known, depth - keep :] = self.values[:, held - keep :]
        fitting.there[:known] = np.minimum(self.there, depth)
        return fitting


class Values:
    """Of `rows` of ROW, sorted by sensor, whose numbers are those in `before`."""

    def __init__(self, rows: np.ndarray, before: Before) -> None:
        sensors, self._depth, quantities = before.values.shape
        self._before, self._sensor = before, rows["sensor"].astype(np.int64)
        self._first = np.searchsorted(self._sensor, np.arange(sensors))
        self._place = np.arange(len(rows)) + self._depth * (self._sensor + 1)
        self._all = np.empty((len(rows) + self._depth * sensors, quantities))
        self._all[self._place] = rows["value"]
        self._all[self._until(self._first)] = before.values

    def windows(self, chosen: Ints, reach: int) -> Floats:
        """(reach + 1) x rows x quantities: what comes before the chosen rows (at most depth), and they."""
        windows: Floats = self._all[self._place[chosen] + np.arange(-reach, 1)[:, None]]
        return windows

    def length(self, chosen: Ints, reach: int) -> Ints:
        """How many of the `reach` readings before each of the chosen rows are there."""
        sensor = self._sensor[chosen]
        there: Ints = np.minimum(self._before.there[sensor] + chosen - self._first[sensor], reach)
        return there

    def before(self, first: Ints) -> Before:
        """What comes before these rows, the first to stay of each sensor."""
        there = np.minimum(self._before.there + first - self._first, self._depth)
        return Before(self._all[self._until(first)], there)

    def _until(self, first: Ints) -> Ints:
        place: Ints = first + self._depth * np.arange(1, len(first) + 1)
        return place[:, None] + np.arange(-self._depth, 0)
