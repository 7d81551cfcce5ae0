"""Sensors into fields, holes where nothing was measured, and days as the farm counts them."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["STEPS", "Curve", "by_day", "field_curve", "lasting", "sensor_curve", "with_holes"]

STEPS = {"raw": 60.0, "1m": 60.0, "1h": 3600.0, "1d": 86400.0}
"""Seconds that a point of a field stands for, by resolution, or more: a step of its boards."""

_HOLE = 2.5
"""Steps without a point that are a hole; of boards that send more seldom than that, a step is longer."""

Numbers = npt.NDArray[np.float64]


class Curve(NamedTuple):
    """Times in ms of UTC, means, and the least and the greatest value; NaN where there is a hole."""

    times: Numbers
    mean: Numbers
    low: Numbers
    high: Numbers


def field_curve(series: pd.DataFrame, sensors: Mapping[str, str | None], field: str, what: str) -> Curve:
    """The sensors that stand in `field` together: a mean of all their readings, by step.

    A step is long enough for each of them to send: else the line would go to and fro between the boards.
    """
    mine = series[series["sensor_id"].map(sensors) == field]
    if not len(mine):
        return _empty()
    step = max(STEPS[str(mine["resolution"].iloc[0])], _interval(mine))
    count, mean = mine[f"count_{what}"].fillna(0), mine[f"mean_{what}"]
    made = pd.DataFrame({
        "at": np.floor(_seconds(mine["date"]) / step) * step, "count": count, "sum": mean.fillna(0) * count,
        "low": mine[f"min_{what}"], "high": mine[f"max_{what}"],
    }).groupby("at").agg({"count": "sum", "sum": "sum", "low": "min", "high": "max"})  # fmt: skip
    made = made[made["count"] > 0]
    return with_holes(
        made.index.to_numpy(float), (made["sum"] / made["count"]).to_numpy(float),
        made["low"].to_numpy(float), made["high"].to_numpy(float), step,
    )  # fmt: skip


def sensor_curve(series: pd.DataFrame, sensor: str, what: str) -> Curve:
    """One sensor, point by point; a value that is missing is a hole."""
    mine = series[series["sensor_id"] == sensor]
    if not len(mine):
        return _empty()
    at, resolution = _seconds(mine["date"]), str(mine["resolution"].iloc[0])
    interval = _interval(mine)
    step = interval if resolution == "raw" and interval else max(STEPS[resolution], interval)
    mean, low, high = (mine[f"{kind}_{what}"].to_numpy(float) for kind in ("mean", "min", "max"))
    return with_holes(at, mean, low, high, step)


def lasting(curve: Curve) -> Numbers:
    """For how long each point stands, in ms: until the next one or a hole; a hole for no time.

    Points lie closer in one part of a line than in another, as at the end of what is downsampled.
    """
    steps = np.diff(curve.times)
    last = max(min(steps[-1], np.median(steps)), 1.0) if len(steps) else 1.0
    return np.where(np.isnan(curve.mean), 0.0, np.append(steps, last))


def by_day(curve: Curve, zone: str) -> pd.DataFrame:
    """Least, mean and greatest value by day of the farm, whose days of 23 and 25 hours are whole."""
    lasts = lasting(curve)
    frame = pd.DataFrame({"sum": curve.mean * lasts, "lasts": lasts, "low": curve.low, "high": curve.high})
    frame.index = pd.to_datetime(curve.times, unit="ms", utc=True).tz_convert(zone).date
    days = frame[~np.isnan(curve.mean)].groupby(level=0)
    found = days.agg(low=("low", "min"), high=("high", "max"), points=("lasts", "size"))
    return found.assign(mean=days["sum"].sum() / days["lasts"].sum())


def with_holes(at: Numbers, mean: Numbers, low: Numbers, high: Numbers, step: float | None = None) -> Curve:
    """Points at these seconds, and a hole where several steps (by default usual ones) have none."""
    usual = step or float(np.median(np.diff(at) if len(at) > 1 else 0.0))
    gaps = np.flatnonzero(np.diff(at) > usual * _HOLE) + 1
    times = np.insert(at, gaps, at[gaps - 1] + usual) * 1000.0 if len(gaps) else at * 1000.0
    return Curve(times, *(np.insert(values, gaps, np.nan) for values in (mean, low, high)))


def _interval(rows: pd.DataFrame) -> float:
    """Seconds from one row of a sensor to its next, as usual among these sensors; 0 where nobody can know.

    Sensor by sensor: two boards of 10 minutes may send a minute after each other.
    """
    at = pd.Series(_seconds(rows["date"]))
    steps = at.groupby(rows["sensor_id"].to_numpy()).agg(lambda mine: _median(np.diff(mine))).dropna()
    return float(steps.median()) if len(steps) else 0.0


def _median(steps: Numbers) -> float:
    return float(np.median(steps)) if len(steps) > 1 else float("nan")


def _seconds(dates: "pd.Series[pd.Timestamp]") -> Numbers:
    return np.asarray((dates - pd.Timestamp(0, tz="UTC")).dt.total_seconds(), dtype=np.float64)


def _empty() -> Curve:
    return Curve(*(np.empty(0) for _ in range(4)))
