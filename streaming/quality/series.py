"""The tests over readings that lie sorted by sensor and date: flags of chosen ones among them."""

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from streaming.quality.climatology import climatology, months
from streaming.quality.flags import Bools, Flags, Floats, Ints
from streaming.quality.flat_line import flat_line
from streaming.quality.gap import NO_READING, gap
from streaming.quality.gross_range import gross_range
from streaming.quality.limits import Limits
from streaming.quality.location import distance, location
from streaming.quality.multivariate import multivariate
from streaming.quality.rate_of_change import rate_of_change
from streaming.quality.spike import spike
from streaming.quality.syntax import syntax
from streaming.quality.values import Values
from telemetry.quantities import QUANTITIES

__all__ = ["ROW", "Around", "around", "joined", "reading_flags", "value_flags"]

ROW = np.dtype([
    ("sensor", "i4"), ("date", "i8"), ("boot", "i4"), ("seq", "i4"), ("lon", "f8"), ("lat", "f8"),
    ("value", "f8", (len(QUANTITIES),)), ("parts", "i1"), ("flags", "u8"),
    ("score", "f4", (len(QUANTITIES),)),
])  # fmt: skip
"""A reading: date in ms since 1970, NaN where missing; `flags` and `score` are what was last told of it.

Rows are chosen with `take` and `compress`: they copy a row at once, an index in brackets field by field.
"""

_TEMPERATURE, _HUMIDITY = 0, 1


class Around(NamedTuple):
    """Of chosen rows: their own, the values before them, and how they stand in their series."""

    rows: np.ndarray
    windows: Floats  # (reach + 1) x rows x quantities: what came before, oldest first, and the row itself
    length: Ints  # how many of the rows before are there, at most reach
    after: Floats  # rows x quantities
    has_after: Bools
    elapsed: Ints
    until_next: Ints
    moved: Floats


def around(rows: np.ndarray, values: Values, chosen: Ints, reach: int) -> Around:
    """`rows` of ROW, sorted, with their `values`; `chosen` are indices into it."""
    own, last = rows.take(chosen), len(rows) - 1
    follows, precedes = np.minimum(chosen + 1, last), chosen - 1
    has_after = (chosen < last) & (rows["sensor"][follows] == own["sensor"])
    length, before = values.length(chosen, reach), rows.take(precedes)
    has_before = length > 0
    moved = distance(before["lon"], before["lat"], own["lon"], own["lat"])
    return Around(
        rows=own,
        windows=values.windows(chosen, reach),
        length=length,
        after=np.where(has_after[:, None], rows["value"][follows], np.nan),
        has_after=has_after,
        elapsed=np.where(has_before, own["date"] - before["date"], NO_READING),
        until_next=np.where(has_after, rows["date"][follows] - own["date"], NO_READING),
        moved=np.where(has_before, moved, np.nan),
    )


def joined(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """`np.concatenate` of records, a row at once."""
    raw = np.dtype((np.void, first.dtype.itemsize))
    return np.concatenate([first.view(raw), second.view(raw)]).view(first.dtype)


def reading_flags(at: Around, limits: Limits) -> Flags:
    """`telemetry.quality.READING_TESTS` as columns."""
    change = np.abs(at.windows[-1] - at.windows[-2])
    return np.column_stack([
        gap(at.elapsed, at.until_next, limits.gap),
        syntax(at.rows["parts"].astype(np.int64), len(QUANTITIES)),
        location(at.rows["lon"], at.rows["lat"], at.moved, limits.moved),
        multivariate(change[:, _TEMPERATURE], change[:, _HUMIDITY], limits.warming, limits.drying),
    ])  # fmt: skip


def value_flags(at: Around, limits: Limits) -> Flags:
    """Rows x quantities x `telemetry.quality.VALUE_TESTS` but the last one."""
    own, values, before = _arrays(limits), at.windows[-1], at.windows[-2]
    month, inner, length = months(at.rows["date"]), at.has_after & (at.length > 0), at.length
    flags = [
        gross_range(values, own.fail, own.suspect),
        climatology(values, month, [each.climatology for each in limits.quantities]),
        spike(values, (before, at.after), inner[:, None], *own.spike),
        rate_of_change(before, values, at.elapsed[:, None], *own.rate),
        flat_line(at.windows, length, *own.flat, own.tolerance),
    ]
    return np.stack(flags, axis=2)


class _Arrays(NamedTuple):
    """The limits of all quantities, those of each test as arrays."""

    fail: tuple[Floats, Floats]
    suspect: tuple[Floats, Floats]
    spike: tuple[Floats, Floats]
    rate: tuple[Floats, Floats]
    flat: tuple[Ints, Ints]
    tolerance: Floats


@cache
def _arrays(limits: Limits) -> _Arrays:
    def pair(name: str) -> Any:
        first, second = zip(*(getattr(each, name) for each in limits.quantities), strict=True)
        return np.array(first), np.array(second)

    pairs = {name: pair(name) for name in ("fail", "suspect", "spike", "rate", "flat")}
    return _Arrays(**pairs, tolerance=np.array([each.tolerance for each in limits.quantities]))
