"""Learned anomalies: how unusual a value is for its sensor at this time of day.

For each sensor, quantity and two hours of the (UTC) day the model holds a usual level, a spread about it
and a usual step between readings. They are means of deviations that are cut at five spreads (Huber's
one-step estimate of location, "Robust estimation of a location parameter", Ann. Math. Stat. 35 (1964)), so
that faults hardly move them, and are forgotten exponentially from day to day. The score is the largest of

- `step`: distance from the median of the three values before, in four usual steps, or in four median steps
  of the last readings where these are larger: rain moves humidity for an hour as it never does otherwise,
- `level`: distance from the usual level, in ten spreads (weather moves it by up to 35),
- `flat`: one and a half times a usual step over the span of the last eight values.

The weights make 4.5 rare in each of them: together 1 in 9,000 readings without a fault, on the simulated
boards of four seeds (docs/quality.md, which tells of others).

Deterministic, in whatever batches and order readings come: sums are whole hundredths of a unit, only final
readings are learned from, and a reading is scored by what its slot held before its own two hours: by the
same hours of the days before, or on the first day, without a level, by those of four hours earlier.
"""

from typing import Protocol

import numpy as np

from streaming.quality.flags import Floats, Ints
from telemetry.quantities import QUANTITIES

__all__ = ["REACH", "SLOT", "SLOTS", "SUMS", "learn", "period_of", "scores", "settle"]

REACH = 7
"""Readings before it that a score depends on."""

SLOTS, _LAG = 12, 2
_PERIOD_MS = 7_200_000
_STEP, _CUT, _FORGET = 0.01, 5.0, 0.2
_FIRST_CUT = 20.0
_TO_SIGMA = 1.2533
"""Of a normal distribution, from the mean distance."""

_N = len(QUANTITIES)
SUMS = [
    ("period", "i4"), ("count", "i4", (_N,)), ("steps", "i4", (_N,)), ("centre", "f4", (_N,)),
    ("off", "i8", (_N,)), ("apart", "i8", (_N,)), ("stepped", "i8", (_N,)),
]  # fmt: skip
"""Fields of a sensor: sums over the two hours under way."""

SLOT = np.dtype([
    ("days", "u1", (_N,)), ("level", "f4", (_N,)), ("spread", "f4", (_N,)), ("step", "f4", (_N,)),
])  # fmt: skip
"""What was learned of a sensor for two hours of the day."""


class Slots(Protocol):
    """Arrays of SLOT, an entry for each sensor; with `to_change`, that is done."""

    def of(self, slot: int, to_change: bool = False) -> np.ndarray: ...


def period_of(date: Ints) -> Ints:
    """Which two hours since 1970 instants (ms) lie in."""
    return date // _PERIOD_MS


def scores(slots: Slots, number: Ints, period: int, windows: Floats) -> Floats:
    """Scores of readings of one period, by quantity; NaN where missing, or nothing was learned yet.

    `windows` (at least 8 x readings x quantities) end with the reading itself.
    """
    own = slots.of(period % SLOTS).take(number)
    learned = own["days"] > 0
    level = np.where(learned, own["level"], np.nan)
    step, spread = own["step"], own["spread"] + 2 * _STEP
    if not learned.all():
        other = slots.of((period - _LAG) % SLOTS).take(number)
        step = np.where(learned, step, other["step"])
        learned |= other["days"] > 0
    step = step + _STEP
    values, last = windows[-1], windows[-REACH - 1 :]
    span = last.max(axis=0) - last.min(axis=0)
    moved = np.abs(values - _before(windows)) / np.fmax(step, _moving(last))
    found = np.fmax(moved / 4, 1.5 * (step - _STEP) / (span + _STEP))
    found = np.fmax(found, np.abs(values - level) / spread / 10)
    return np.where(learned & ~np.isnan(values), found, np.nan)


def settle(sensors: np.ndarray, slots: Slots, number: Ints, period: int) -> None:
    """Take sums of periods up to `period` into their slots, for these sensors."""
    due = np.unique(number[(sensors["period"][number] <= period) & sensors["count"][number].any(axis=1)])
    slot = sensors["period"][due] % SLOTS
    for one in np.unique(slot):
        _settle_one(sensors, slots.of(int(one), to_change=True), due[slot == one])


def _settle_one(sensors: np.ndarray, slot: np.ndarray, due: Ints) -> None:
    at = sensors.take(due)
    counted = at["count"] > 0
    days = np.where(counted, np.minimum(slot["days"][due] + 1, 250), 0)
    share = np.maximum(1.0 / np.maximum(days, 1), _FORGET)
    count, steps = np.maximum(at["count"], 1), np.maximum(at["steps"], 1)
    new = {
        "level": at["centre"] + at["off"] * _STEP / count,
        "spread": at["apart"] * _STEP / count * _TO_SIGMA,
        "step": at["stepped"] * _STEP / steps * _TO_SIGMA,
    }
    for name, value in new.items():
        old = slot[name][due]
        slot[name][due] = np.where(counted, old + share * (value - old), old)
    slot["days"][due] = np.where(counted, days, slot["days"][due])
    for name in ("count", "steps", "off", "apart", "stepped"):
        sensors[name][due] = 0


def learn(sensors: np.ndarray, slots: Slots, number: Ints, period: int, windows: Floats) -> None:
    """Add final readings of one period, by sensor and oldest first, to the sums."""
    settle(sensors, slots, number, period - 1)
    sensors["period"][number] = period
    values, slot = windows[-1], slots.of(period % SLOTS)
    there, learned = ~np.isnan(values), slot["days"] > 0
    fresh = sensors["count"] == 0
    start = np.where(learned, slot["level"], _first(number, values, len(sensors)))
    sensors["centre"] = np.where(fresh & ~np.isnan(start), start, sensors["centre"])
    cut = np.where(learned, _CUT * slot["spread"] + 10 * _STEP, _FIRST_CUT)[number]
    step_cut = _step_cut(slots, period)[number]
    off = np.clip(values - sensors["centre"][number], -cut, cut)
    steps = np.minimum(np.abs(values - _before(windows)), step_cut)
    _add(sensors, "count", number, there)
    _add(sensors, "off", number, np.rint(off / _STEP))
    _add(sensors, "apart", number, np.rint(np.abs(off) / _STEP))
    _add(sensors, "steps", number, ~np.isnan(steps))
    _add(sensors, "stepped", number, np.rint(steps / _STEP))


def _step_cut(slots: Slots, period: int) -> Floats:
    """By the usual step of the slot; on its first day by that of four hours earlier."""
    slot, other = slots.of(period % SLOTS), slots.of((period - _LAG) % SLOTS)
    usual = np.where(slot["days"] > 0, slot["step"], np.where(other["days"] > 0, other["step"], np.nan))
    cut: Floats = np.where(np.isnan(usual), _FIRST_CUT, _CUT * usual + 10 * _STEP)
    return cut


def _first(number: Ints, values: Floats, sensors: int) -> Floats:
    """The first value of each sensor and quantity that is there."""
    first = np.full((sensors, _N), np.nan)
    for i in range(_N):
        there = np.flatnonzero(~np.isnan(values[:, i]))[::-1]  # the last one that is put there stays
        first[number[there], i] = values[there, i]
    return first


def _add(sensors: np.ndarray, name: str, number: Ints, amount: np.ndarray) -> None:
    """To the sums of each sensor and quantity; what is missing is nothing."""
    place = number[:, None] * _N + np.arange(_N)
    whole = np.where(np.isnan(amount), 0.0, amount)
    sums = np.bincount(place.ravel(), whole.ravel(), len(sensors) * _N)  # whole numbers: exact in any order
    sensors[name] += sums.reshape(-1, _N).astype(sensors[name].dtype)


def _before(windows: Floats) -> Floats:
    """The (lower) median of those of the three values before that are there."""
    return _middle(windows[-4:-1])


def _moving(last: Floats) -> Floats:
    """The (lower) median of the steps before the value itself: what rain or a cold front does now."""
    return _middle(np.abs(np.diff(last[:-1], axis=0)))


def _middle(several: Floats) -> Floats:
    """The lower median over the first axis of what is there."""
    ordered = list(several)
    for last in range(len(ordered) - 1, 0, -1):  # a few whole rows: ten times as fast as np.sort
        for i in range(last):
            one, other = ordered[i], ordered[i + 1]
            ordered[i], ordered[i + 1] = np.fmin(one, other), np.maximum(one, other)  # NaN goes to the end
    there = (~np.isnan(several)).sum(axis=0)
    middle = np.maximum(there - 1, 0) // 2
    median: Floats = np.choose(middle, ordered)
    return median
