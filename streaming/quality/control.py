"""Quality control of a bucket: the state and new readings in, flags and the new state out. No I/O.

Each sensor's clock is its own newest date. A reading is too late once it is older than that by more than
the watermark (or than MOST_OPEN newer readings): its flags are not told, it may be a repeat of one that has
them. All others take their place in the series, whatever order they come in, and those around them are
judged again: told are the flags of new readings, and of older ones where they have changed. So the last
flags told are those of the whole series, in whatever batches it came.
"""

from typing import NamedTuple

import numpy as np

from streaming.quality import anomaly
from streaming.quality.bucket import Bucket
from streaming.quality.flags import Bools, Flags, Floats, Ints, combined, side_by_side, texts
from streaming.quality.limits import Limits
from streaming.quality.packed import packed
from streaming.quality.series import around, joined, reading_flags, value_flags
from streaming.quality.values import Before, Values
from telemetry.quality import GOOD, MISSING, SUSPECT, UNKNOWN

__all__ = ["MOST_OPEN", "Arrived", "Told", "control"]

MOST_OPEN = 64
"""Readings of a sensor that may still change; more of them within the watermark are final too."""

_SHIFT = 44
"""Bits of a date in ms: sensor and date in one number, which sorts by both."""


class Arrived(NamedTuple):
    """Readings: ids, places in Kafka (they give the order of arrival), and rows of ROW without a sensor."""

    ids: list[str]
    offset: Ints
    rows: np.ndarray


class Told(NamedTuple):
    """Flags to be stored: rows of ROW, `quality`, `quality_tests` and the score of each (NaN: none yet)."""

    rows: np.ndarray
    quality: Flags
    tests: np.ndarray
    score: Floats


def control(bucket: Bucket, arrived: Arrived, limits: Limits, watermark_ms: int) -> Told:
    """Take the readings into the bucket."""
    was = bucket.sensors["floor"].copy()
    fresh = _in_time(bucket, arrived, watermark_ms)
    rows = _merged(bucket.rows, fresh)
    rank = _rank(rows)
    _raise_floor(bucket.sensors, rows, rank, watermark_ms)
    was = np.concatenate([was, np.zeros(len(bucket.sensors) - len(was), np.int64)])
    values = Values(rows, bucket.before.fit(len(bucket.sensors), max(limits.reach, anomaly.REACH)))
    _score(bucket, rows, values, was)
    told = _judge(rows, values, limits)
    bucket.rows, bucket.before = _kept(bucket.sensors, rows, rank, values)
    return told


def _in_time(bucket: Bucket, arrived: Arrived, watermark_ms: int) -> np.ndarray:
    """The readings that are not too late, by sensor in the order of arrival; moves the sensors' clocks."""
    number = bucket.numbers(arrived.ids)
    order = np.lexsort((arrived.offset, number))
    rows, number = arrived.rows.take(order), number[order]
    rows["sensor"] = number
    base = number << _SHIFT
    clock = np.maximum(rows["date"], bucket.sensors["newest"][number])
    newest = np.maximum.accumulate(base + clock) - base
    np.maximum.at(bucket.sensors["newest"], number, rows["date"])
    late = (rows["date"] < newest - watermark_ms) | (rows["date"] < bucket.sensors["floor"][number])
    in_time: np.ndarray = rows.compress(~late)
    return in_time


def _merged(known: np.ndarray, fresh: np.ndarray) -> np.ndarray:
    """All rows in order, each once: of equal ones the first that came."""
    rows = joined(known, fresh)
    key = (rows["sensor"].astype(np.int64) << _SHIFT) + rows["date"]
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    if (ordered[1:] == ordered[:-1]).any():
        order = np.lexsort((rows["seq"], rows["boot"], key))
        order = order[_first_of_each(rows.take(order))]
    merged: np.ndarray = rows.take(order)
    return merged


def _first_of_each(rows: np.ndarray) -> Bools:
    same = np.array([rows[name][1:] == rows[name][:-1] for name in ("sensor", "date", "boot", "seq")])
    return np.concatenate([[True], ~same.all(axis=0)])


def _rank(rows: np.ndarray) -> Ints:
    """How many newer readings its sensor has, for each row."""
    ends = np.flatnonzero(np.append(rows["sensor"][1:] != rows["sensor"][:-1], True))
    sizes = np.diff(ends, prepend=-1)
    return np.repeat(ends, sizes) - np.arange(len(rows))


def _raise_floor(sensors: np.ndarray, rows: np.ndarray, rank: Ints, watermark_ms: int) -> None:
    sensors["floor"] = np.maximum(sensors["floor"], sensors["newest"] - watermark_ms)
    last = rows.compress(rank == MOST_OPEN - 1)
    sensors["floor"][last["sensor"]] = np.maximum(sensors["floor"][last["sensor"]], last["date"])


def _kept(sensors: np.ndarray, rows: np.ndarray, rank: Ints, values: Values) -> tuple[np.ndarray, Before]:
    """What may still change, and two readings and some values before it, which its flags depend on."""
    still = np.bincount(rows["sensor"], rows["date"] >= sensors["floor"][rows["sensor"]], len(sensors))
    kept = rank < still[rows["sensor"]] + 2
    first = np.searchsorted(rows["sensor"], np.arange(len(sensors)))
    dropped = np.bincount(rows["sensor"], ~kept, len(sensors)).astype(np.int64)
    return rows.compress(kept), values.before(first + dropped)


def _touched(rows: np.ndarray, reach: int) -> Bools:
    """New rows, and those with a new one among the `reach` before them; new ones have no flags yet."""
    index, new = np.arange(len(rows)), rows["flags"] == 0
    last = np.maximum.accumulate(np.where(new, index, -1))
    near: Bools = (last >= 0) & (index - last <= reach) & (rows["sensor"][last] == rows["sensor"])
    return near


def _score(bucket: Bucket, rows: np.ndarray, values: Values, floor_was: Ints) -> None:
    """Score what is new, and learn from what became final, two hours of the day after the other."""
    sensors, number, date = bucket.sensors, rows["sensor"].astype(np.int64), rows["date"]
    period = anomaly.period_of(date)
    judged = _touched(rows, anomaly.REACH)
    final = (date >= floor_was[number]) & (date < sensors["floor"][number])
    for one in np.unique(period[judged | final]):
        if len(chosen := np.flatnonzero(judged & (period == one))):
            anomaly.settle(sensors, bucket, number[chosen], int(one) - 2)
            windows = values.windows(chosen, anomaly.REACH)
            rows["score"][chosen] = anomaly.scores(bucket, number[chosen], int(one), windows)
        if len(learned := np.flatnonzero(final & (period == one))):
            windows = values.windows(learned, 3)
            anomaly.learn(sensors, bucket, number[learned], int(one), windows)


def _judge(rows: np.ndarray, values: Values, limits: Limits) -> Told:
    """Flags of all rows that a new one may have changed; told are those that have."""
    new, touched = rows["flags"] == 0, _touched(rows, limits.reach)
    follows = np.append(new[1:] & (rows["sensor"][1:] == rows["sensor"][:-1]), False)
    chosen = np.flatnonzero(touched | follows)
    at = around(rows, values, chosen, limits.reach)
    of_reading, tests = reading_flags(at, limits), value_flags(at, limits)
    of_values = np.concatenate([tests, _unusual(at.rows, limits.anomaly)[:, :, None]], axis=2)
    state = packed(of_reading, of_values)
    changed = state != at.rows["flags"]
    rows["flags"][chosen] = state
    told = at.rows.compress(changed)
    quality = combined(side_by_side(of_reading, tests)[changed])
    return Told(told, quality, texts(of_reading[changed], of_values[changed]), _highest(told["score"]))


def _highest(score: Floats) -> Floats:
    """Of the quantities that have one; NaN where none has."""
    highest = np.where(np.isnan(score), -np.inf, score).max(axis=1, initial=-np.inf)
    return np.where(np.isfinite(highest), highest, np.nan)


def _unusual(rows: np.ndarray, limit: float) -> Flags:
    """The test `anomaly` of each quantity."""
    flags = np.where(rows["score"] > limit, np.uint8(SUSPECT), np.uint8(GOOD))
    flags[np.isnan(rows["score"])] = UNKNOWN
    flags[np.isnan(rows["value"])] = MISSING
    return flags
