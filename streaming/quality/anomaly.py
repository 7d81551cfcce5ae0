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

import numpy as np

from streaming.quality.flags import Bools, Floats, Ints
from telemetry.quantities import QUANTITIES

__all__ = ["MODEL", "REACH", "learn", "period_of", "scores", "settle"]

REACH = 7
"""Readings before it that a score depends on."""

_SLOTS, _LAG = 12, 2
_PERIOD_MS = 7_200_000
_STEP, _CUT, _FORGET = 0.01, 5.0, 0.2
_FIRST_CUT = 20.0
_TO_SIGMA = 1.2533
"""Of a normal distribution, from the mean distance."""

_N = len(QUANTITIES)
MODEL = [
    ("period", "i4"), ("count", "i4", (_N,)), ("steps", "i4", (_N,)), ("centre", "f4", (_N,)),
    ("off", "i8", (_N,)), ("apart", "i8", (_N,)), ("stepped", "i8", (_N,)),
    ("days", "u1", (_SLOTS, _N)), ("level", "f4", (_SLOTS, _N)),
    ("spread", "f4", (_SLOTS, _N)), ("step", "f4", (_SLOTS, _N)),
]  # fmt: skip
"""Fields of a sensor: sums over the two hours under way, and the slots."""


def period_of(date: Ints) -> Ints:
    """Which two hours since 1970 instants (ms) lie in."""
    return date // _PERIOD_MS


def scores(sensors: np.ndarray, number: Ints, period: int, windows: Floats) -> Floats:
    """Scores of readings of one period, by quantity; NaN where missing, or nothing was learned yet.

    `windows` (readings x at least 8 x quantities) end with the reading itself.
    """
    slot, other = period % _SLOTS, (period - _LAG) % _SLOTS
    own = sensors["days"][number, slot] > 0
    learned = own | (sensors["days"][number, other] > 0)
    step = np.where(own, sensors["step"][number, slot], sensors["step"][number, other]) + _STEP
    level = np.where(own, sensors["level"][number, slot], np.nan)
    spread = sensors["spread"][number, slot] + 2 * _STEP
    values, last = windows[:, -1], windows[:, -REACH - 1 :]
    span = last.max(axis=1) - last.min(axis=1)
    moved = np.abs(values - _before(windows)) / np.fmax(step, _moving(last))
    found = np.fmax(moved / 4, 1.5 * (step - _STEP) / (span + _STEP))
    found = np.fmax(found, np.abs(values - level) / spread / 10)
    return np.where(learned & ~np.isnan(values), found, np.nan)


def settle(sensors: np.ndarray, number: Ints, period: int) -> None:
    """Take sums of periods up to `period` into their slots, for these sensors."""
    due = np.unique(number[(sensors["period"][number] <= period) & sensors["count"][number].any(axis=1)])
    if not len(due):
        return
    at, slot = sensors[due], sensors["period"][due] % _SLOTS
    counted = at["count"] > 0
    days = np.where(counted, np.minimum(at["days"][np.arange(len(due)), slot] + 1, 250), 0)
    share = np.maximum(1.0 / np.maximum(days, 1), _FORGET)
    count, steps = np.maximum(at["count"], 1), np.maximum(at["steps"], 1)
    new = {
        "level": at["centre"] + at["off"] * _STEP / count,
        "spread": at["apart"] * _STEP / count * _TO_SIGMA,
        "step": at["stepped"] * _STEP / steps * _TO_SIGMA,
    }
    for name, value in new.items():
        old = sensors[name][due, slot]
        sensors[name][due, slot] = np.where(counted, old + share * (value - old), old)
    sensors["days"][due, slot] = np.where(counted, days, sensors["days"][due, slot])
    for name in ("count", "steps", "off", "apart", "stepped"):
        sensors[name][due] = 0


def learn(sensors: np.ndarray, number: Ints, period: int, windows: Floats) -> None:
    """Add final readings of one period, oldest first, to the sums."""
    settle(sensors, number, period - 1)
    sensors["period"][number] = period
    stepped = np.abs(windows[:, -1] - _before(windows))
    for i in range(_N):
        there = ~np.isnan(windows[:, -1, i])
        _learn_one(sensors, number[there], period % _SLOTS, i, windows[there, -1, i], stepped[there, i])


def _learn_one(  # noqa: PLR0913, PLR0917 - one quantity's columns of `learn`
    sensors: np.ndarray, number: Ints, slot: int, i: int, values: Floats, stepped: Floats
) -> None:
    known, first = np.unique(number, return_index=True)
    fresh = sensors["count"][known, i] == 0
    learned = sensors["days"][known, slot, i] > 0
    start = np.where(learned, sensors["level"][known, slot, i], values[first])
    sensors["centre"][known, i] = np.where(fresh, start, sensors["centre"][known, i])
    cut = np.where(learned, _CUT * sensors["spread"][known, slot, i] + 10 * _STEP, _FIRST_CUT)
    place = np.searchsorted(known, number)
    off = np.clip(values - sensors["centre"][number, i], -cut[place], cut[place])
    step_cut = np.where(learned, _CUT * sensors["step"][known, slot, i] + 10 * _STEP, _FIRST_CUT)
    steps = np.minimum(stepped, step_cut[place])
    has_step: Bools = ~np.isnan(steps)
    _add(sensors, "count", i, number, np.ones(len(number)))
    _add(sensors, "off", i, number, np.rint(off / _STEP))
    _add(sensors, "apart", i, number, np.rint(np.abs(off) / _STEP))
    _add(sensors, "steps", i, number, has_step.astype(float))
    _add(sensors, "stepped", i, number, np.rint(np.where(has_step, steps, 0.0) / _STEP))


def _add(sensors: np.ndarray, name: str, i: int, number: Ints, amount: Floats) -> None:
    sums = np.bincount(number, amount, len(sensors))  # whole numbers: exact in any order
    sensors[name][:, i] += sums.astype(sensors[name].dtype)


def _before(windows: Floats) -> Floats:
    """The (lower) median of those of the three values before that are there."""
    return _middle(windows[:, -4:-1])


def _moving(last: Floats) -> Floats:
    """The (lower) median of the steps before the value itself: what rain or a cold front does now."""
    return _middle(np.abs(np.diff(last[:, :-1], axis=1)))


def _middle(columns: Floats) -> Floats:
    """The lower median over the second axis of what is there."""
    ordered = np.sort(columns, axis=1)  # NaN goes to the end
    there = (~np.isnan(ordered)).sum(axis=1)
    middle = np.maximum(there - 1, 0) // 2
    median: Floats = np.take_along_axis(ordered, middle[:, None], axis=1)[:, 0]
    return median
