"""Query `windows`: means per field over sliding windows of event time, each reading counted once."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from streaming.schema import MEASURED, WINDOWED, duplicates_by
from streaming.tables import joined_readings
from telemetry.clock import duration

__all__ = ["field_windows", "interval", "window_means", "windowed_readings"]


def interval(text: str) -> str:
    """A duration such as `5m` as Spark writes it."""
    return f"{round(duration(text) * 1000)} milliseconds"


def windowed_readings(records: DataFrame) -> DataFrame:
    """Records of `joined-sensor-data` with a field: `id, boot, seq, date, field_id` and the values."""
    rows = joined_readings(records, WINDOWED).where(F.col("field_id").isNotNull())
    return rows.select(*duplicates_by, "field_id", *(F.col(f"main.{name}").alias(name) for name in MEASURED))


def field_windows(readings: DataFrame, window: str, slide: str, watermark: str) -> DataFrame:
    """The `window_means` of a stream: each reading counts once, one behind the watermark not at all."""
    once = readings.withWatermark("date", interval(watermark)).dropDuplicatesWithinWatermark([*duplicates_by])
    return window_means(once, window, slide)


def window_means(readings: DataFrame, window: str, slide: str) -> DataFrame:
    """`field_id, window_start, window_end, newest, count` and count and mean of each quantity.

    A null is left out of its mean. `newest` is the latest date in the window: event time as it goes on.
    Durations are texts such as `5m`. `readings` as of `windowed_readings`, each once.
    """
    spans = F.window("date", interval(window), interval(slide)).alias("span")
    means = [
        aggregate
        for name in MEASURED
        for aggregate in (F.count(name).alias(f"count_{name}"), F.avg(name).alias(f"mean_{name}"))
    ]
    grouped = readings.groupBy("field_id", spans).agg(
        F.max("date").alias("newest"), F.count("*").alias("count"), *means
    )
    return grouped.select(
        "field_id",
        F.col("span.start").alias("window_start"),
        F.col("span.end").alias("window_end"),
        "newest",
        *(F.col(name).cast("int").alias(name) for name in ("count", *(f"count_{n}" for n in MEASURED))),
        *(f"mean_{name}" for name in MEASURED),
    )
