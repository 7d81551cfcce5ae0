"""The tests over readings that lie sorted by sensor and date: flags of chosen ones among them."""

from typing import NamedTuple

import numpy as np

from streaming.quality.climatology import climatology, months
from streaming.quality.flags import Bools, Flags, Floats, Ints
from streaming.quality.flat_line import flat_line
from streaming.quality.gap import NO_READING, gap
from streaming.quality.gross_range import gross_range
from streaming.quality.limits import Limits, QuantityLimits
from streaming.quality.location import distance, location
from streaming.quality.multivariate import multivariate
from streaming.quality.rate_of_change import rate_of_change
from streaming.quality.spike import spike
from streaming.quality.syntax import syntax
from telemetry.quantities import QUANTITIES

__all__ = ["ROW", "Around", "around", "behind", "reading_flags", "value_flags"]

ROW = np.dtype([
    ("sensor", "i4"), ("date", "i8"), ("boot", "i4"), ("seq", "i4"), ("lon", "f8"), ("lat", "f8"),
    ("value", "f8", (len(QUANTITIES),)), ("parts", "i1"), ("flags", "u8"),
    ("score", "f4", (len(QUANTITIES),)),
])  # fmt: skip
"""A reading: date in ms since 1970, NaN where missing; `flags` and `score` are what was last told of it."""

_TEMPERATURE, _HUMIDITY = 0, 1


class Around(NamedTuple):
    """Of chosen rows: their own, the values before them, and how they stand in their series."""

    rows: np.ndarray
    windows: Floats  # rows x (reach + 1) x quantities: what came before, oldest first, and the row itself
    length: Ints  # how many of the rows before are there, at most reach
    after: Floats  # rows x quantities
    has_after: Bools
    elapsed: Ints
    until_next: Ints
    moved: Floats


def around(rows: np.ndarray, chosen: Ints, reach: int) -> Around:
    """`rows` of ROW, sorted; `chosen` are indices into it."""
    own, last = rows[chosen], len(rows) - 1
    windows, there = behind(rows, chosen, reach)
    follows, precedes = np.minimum(chosen + 1, last), chosen - 1
    has_after = (chosen < last) & (rows["sensor"][follows] == own["sensor"])
    has_before, before = there[:, -2], rows[precedes]
    moved = distance(before["lon"], before["lat"], own["lon"], own["lat"])
    return Around(
        rows=own,
        windows=windows,
        length=there.sum(axis=1) - 1,
        after=np.where(has_after[:, None], rows["value"][follows], np.nan),
        has_after=has_after,
        elapsed=np.where(has_before, own["date"] - before["date"], NO_READING),
        until_next=np.where(has_after, rows["date"][follows] - own["date"], NO_READING),
        moved=np.where(has_before, moved, np.nan),
    )


def behind(rows: np.ndarray, chosen: Ints, reach: int) -> tuple[Floats, Bools]:
    """Windows (rows x (reach + 1) x quantities) that end with the chosen rows, and what of them is there."""
    back = chosen[:, None] - np.arange(reach, -1, -1)
    inside, back = back >= 0, np.maximum(back, 0)
    there = inside & (rows["sensor"][back] == rows["sensor"][chosen][:, None])
    return np.where(there[:, :, None], rows["value"][back], np.nan), there


def reading_flags(at: Around, limits: Limits) -> Flags:
    """`telemetry.quality.READING_TESTS` as columns."""
    change = np.abs(at.windows[:, -1] - at.windows[:, -2])
    return np.column_stack([
        gap(at.elapsed, at.until_next, limits.gap),
        syntax(at.rows["parts"].astype(np.int64), len(QUANTITIES)),
        location(at.rows["lon"], at.rows["lat"], at.moved, limits.moved),
        multivariate(change[:, _TEMPERATURE], change[:, _HUMIDITY], limits.warming, limits.drying),
    ])  # fmt: skip


def value_flags(at: Around, limits: Limits) -> list[Flags]:
    """For each quantity `telemetry.quality.VALUE_TESTS` but the last one as columns."""
    month = months(at.rows["date"])
    return [_of_quantity(at, month, i, own) for i, own in enumerate(limits.quantities)]


def _of_quantity(at: Around, month: Ints, number: int, limits: QuantityLimits) -> Flags:
    windows = np.ascontiguousarray(at.windows[:, :, number])
    before, values, after = windows[:, -2], windows[:, -1], at.after[:, number]
    inner = at.has_after & (at.length > 0)
    return np.column_stack([
        gross_range(values, limits.fail, limits.suspect),
        climatology(values, month, limits.climatology),
        spike(values, (before, after), inner, *limits.spike),
        rate_of_change(before, values, at.elapsed, *limits.rate),
        flat_line(windows, at.length, *limits.flat, limits.tolerance),
    ])  # fmt: skip
