"""Query `downsample`: each sensor's minutes, hours and days of UTC, for pages that show more than a day.

`downsampled` works on a stream and on a table alike. Its sums are whole millionths: what they come to does
not depend on the order in which readings come, nor on how they are cut into batches, so a replay from an
empty checkpoint writes the same rows. The three resolutions are one aggregation over one state: a reading
is taken three times, and the rows of a minute, an hour and a day go when the watermark is past their end.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from storage.resolutions import RESOLUTIONS, Resolution
from streaming.schema import MEASURED, WINDOWED, duplicates_by
from streaming.tables import joined_readings
from streaming.windows import interval
from telemetry.clock import duration

__all__ = ["BOUND", "downsampled", "measured_once"]

BOUND = 1e6
"""A value that is not smaller is in no sum: no quantity of soil is, and whole numbers would run over."""

_WATERMARK = "spark.watermarkDelayMs"
"""Spark's own mark of the column by which state is dropped; `explode` loses it."""


def measured_once(records: DataFrame, watermark: str) -> DataFrame:
    """Records of `joined-sensor-data` as `sensor_id, date` and the values; duplicates are gone."""
    rows = joined_readings(records, WINDOWED).select(
        *duplicates_by, *(F.col(f"main.{name}").alias(name) for name in MEASURED)
    )
    once = rows.withWatermark("date", interval(watermark)).dropDuplicatesWithinWatermark([*duplicates_by])
    return once.select(F.col("id").alias("sensor_id"), "date", *MEASURED)


def downsampled(readings: DataFrame, watermark: str = "0s") -> DataFrame:
    """Rows of `reading_1m`, `reading_1h` and `reading_1d`, and `table`, which says of which.

    `readings` has `sensor_id, date` and the values (columns of table `reading` will do), each reading once.
    `watermark` is that of a stream, and means nothing in a batch.
    """
    spans = F.array(*(_span(resolution) for resolution in RESOLUTIONS))
    each = readings.select("sensor_id", F.explode(spans).alias("span"), *map(_bounded, MEASURED))
    mark = {_WATERMARK: round(duration(watermark) * 1000)}
    end = F.col("span.end").alias("end", metadata=mark)
    rows = each.select("sensor_id", "span.table", "span.start", end, *MEASURED)
    aggregates = [aggregate for name in MEASURED for aggregate in _aggregates(name)]
    summed = rows.groupBy("sensor_id", "table", "start", "end").agg(F.count("*").alias("count"), *aggregates)
    return summed.select(
        "table", "sensor_id", _period().alias("period"), "start", F.col("count").cast("int").alias("count"),
        *(column for name in MEASURED for column in _columns(name)),
    )  # fmt: skip


def _span(resolution: Resolution) -> Column:
    size = resolution.seconds
    start = F.floor(F.unix_seconds("date") / size) * size
    return F.struct(
        F.lit(resolution.table).alias("table"),
        F.timestamp_seconds(start).alias("start"),
        F.timestamp_seconds(start + size).alias("end"),
    )


def _bounded(name: str) -> Column:
    return F.when(F.abs(name) < BOUND, F.col(name)).alias(name)


def _aggregates(name: str) -> list[Column]:
    millionths = F.round(F.col(name) * 1e6).cast("long")
    return [
        F.count(name).alias(f"count_{name}"),
        F.sum(millionths).alias(f"sum_{name}"),
        F.min(name).alias(f"min_{name}"),
        F.max(name).alias(f"max_{name}"),
    ]


def _columns(name: str) -> list[Column]:
    mean = F.col(f"sum_{name}") / F.lit(1e6) / F.col(f"count_{name}")
    return [
        F.col(f"count_{name}").cast("int").alias(f"count_{name}"),
        F.col(f"sum_{name}"),
        mean.alias(f"mean_{name}"),
        F.col(f"min_{name}"),
        F.col(f"max_{name}"),
    ]


def _period() -> Column:
    """The first day of the partition's span, as `Resolution.period` has it."""
    firsts = [F.when(F.col("table") == resolution.table, _first(resolution)) for resolution in RESOLUTIONS]
    return F.coalesce(*firsts)


def _first(resolution: Resolution) -> Column:
    if resolution.by == "decade":
        return F.make_date(F.floor(F.year("start") / 10).cast("int") * 10, F.lit(1), F.lit(1))
    return F.trunc("start", resolution.by)
