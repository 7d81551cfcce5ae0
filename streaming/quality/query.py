"""Query `quality`: from `joined-sensor-data` to the flags in table `reading`, by buckets of sensors."""

from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from streaming.quality.limits import Limits
from streaming.quality.processor import ARRIVED, TOLD, QualityControl
from streaming.schema import MEASURED
from streaming.tables import ABSENT, joined_readings
from telemetry.clock import duration

__all__ = ["QUALITY", "bucket_folder", "control_readings", "quality_rows"]

QUALITY = (
    "id STRING, boot INT, seq INT, date TIMESTAMP, coord STRUCT<lon: DOUBLE, lat: DOUBLE>, "
    f"main STRUCT<{', '.join(f'{name} DOUBLE' for name in MEASURED)}>, faults MAP<STRING, STRING>"
)
"""What quality control needs of `joined-sensor-data`."""

_DATES = "2000-01-01", "2500-01-01"
"""What `join` lets through, and what the state has room for."""

_LEAST, _USUAL, _MOST = 4, 400, 500
"""Buckets at least; sensors in a bucket when it is made, and when there are too few buckets."""


def bucket_folder(query: Path, sensors: int) -> tuple[Path, int]:
    """Of the query's folder the checkpoint, and its number of buckets: one that has enough, else a new one.

    The number is the folder's name, because it cannot change under a state. A new folder reads again
    what Kafka holds, which gives the same flags.
    """
    there = sorted(int(path.name) for path in query.glob("[0-9]*"))
    enough = [count for count in there if sensors <= count * _MOST]
    count = enough[-1] if enough else _LEAST
    while not enough and sensors > count * _USUAL:
        count *= 2
    return query / str(count), count


def quality_rows(records: DataFrame, limits: Limits, watermark: str, buckets: int) -> DataFrame:
    """Records of `joined-sensor-data` as rows of table `reading`: the key and the flags."""
    told = control_readings(_readings(records), limits, watermark, buckets)
    date = F.timestamp_millis("date")
    return told.select(
        "sensor_id",
        F.to_date(date).alias("day"),
        date.alias("date"),
        "boot",
        "seq",
        "quality",
        "quality_tests",
        F.nanvl("anomaly", F.lit(None).cast("float")).alias("anomaly"),
    )


def control_readings(readings: DataFrame, limits: Limits, watermark: str, buckets: int) -> DataFrame:
    """Rows of ARRIVED through the operator: rows of TOLD."""
    bucket = F.pmod(F.xxhash64("id"), F.lit(buckets)).cast("int")
    return (
        readings.select(bucket.alias("bucket"), *ARRIVED)
        .groupBy("bucket")
        .transformWithStateInPandas(
            QualityControl(limits, round(duration(watermark) * 1000)),
            outputStructType=TOLD,
            outputMode="Update",
            timeMode="None",
        )
    )


def _readings(records: DataFrame) -> DataFrame:
    damaged = F.size(F.filter(F.map_values("faults"), lambda reason: reason == "crc"))
    rows = joined_readings(records, QUALITY, "offset").where(F.col("date").between(*_DATES))
    return rows.select(
        "offset",
        "id",
        F.unix_millis("date").alias("date"),
        *(F.coalesce(name, F.lit(ABSENT)).alias(name) for name in ("boot", "seq")),
        *(F.coalesce(f"coord.{name}", F.lit(float("nan"))).alias(name) for name in ("lon", "lat")),
        *(F.coalesce(f"main.{name}", F.lit(float("nan"))).alias(name) for name in MEASURED),
        (len(MEASURED) - F.coalesce(F.when(F.col("faults").isNotNull(), damaged), F.lit(0))).alias("parts"),
    )
