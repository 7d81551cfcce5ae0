"""Query `hourly`: means of soil moisture by sensor and hour, and how a field's hours are judged together."""

from typing import NamedTuple

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from streaming.quality.flags import Flags, Floats, flagged
from streaming.quality.ismn import ISMN, ismn
from streaming.quality.limits import Limits
from streaming.quality.neighbour import neighbour
from streaming.schema import duplicates_by
from streaming.windows import interval
from telemetry.quality import SUSPECT

__all__ = ["SPAN", "Judged", "hour_means", "hourly_means", "judge"]

SPAN = 720
"""Hours that an hour is judged in: 30 days back. D10 compares with the largest mean of these."""

_IMPOSSIBLE = [name.startswith("C") for name in ISMN]


class Judged(NamedTuple):
    """Sensors x hours: the worst flag, names of the ISMN's flags, the neighbour test."""

    quality: Flags
    names: np.ndarray
    neighbours: Flags


def hourly_means(readings: DataFrame, watermark: str) -> DataFrame:
    """From `streaming.windows.windowed_readings`: `sensor_id, field_id, hour, count, moisture`."""
    once = readings.withWatermark("date", interval(watermark)).dropDuplicatesWithinWatermark([*duplicates_by])
    return hour_means(once)


def hour_means(readings: DataFrame) -> DataFrame:
    """The same of a stream or a table of `id, field_id, date, moisture`, each reading once."""
    hour = F.window("date", "1 hour").alias("span")
    means = readings.groupBy(F.col("id").alias("sensor_id"), "field_id", hour).agg(
        F.count("moisture").cast("int").alias("count"), F.avg("moisture").alias("moisture")
    )
    return means.select("sensor_id", "field_id", F.col("span.start").alias("hour"), "count", "moisture")


def judge(hourly: Floats, saturation: float | None, limits: Limits) -> Judged:
    """`hourly` has the sensors of a field as rows and consecutive hours as columns, NaN where no mean is."""
    flags = np.array([ismn(series, saturation, _highest(series)) for series in hourly])
    place = np.broadcast_to(np.arange(hourly.shape[1]), hourly.shape)
    change = np.diff(hourly, axis=1, prepend=np.nan)
    near = neighbour(
        hourly.ravel(), change.ravel(), place.ravel(), limits.neighbour, (limits.alone, limits.together)
    ).reshape(hourly.shape)
    fail = flags[:, :, _IMPOSSIBLE].any(axis=2)
    quality = flagged(np.logical_or(flags.any(axis=2), near == SUSPECT), np.asarray(fail), np.isnan(hourly))
    names = np.array([[_named(hour) for hour in series] for series in flags], object)
    return Judged(quality, names, near)


def _highest(series: Floats) -> float:
    """Of the means below 60 %, as the ISMN's program takes it; nothing is near it where there is none."""
    usual = series[series < 60]
    return float(usual.max()) if len(usual) else float("inf")


def _named(hour: np.ndarray) -> str:
    return " ".join(name for name, is_set in zip(ISMN, hour, strict=True) if is_set)
