"""Query `join`: readings with their field to `joined-sensor-data`, the others to `sensor-data-rejected`."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from streaming.parse import parse
from streaming.schema import MEASURED
from streaming.validate import validate
from telemetry.rejected import MAX_RAW
from telemetry.topics import JOINED, READINGS, REJECTED

__all__ = ["MASTER", "checked", "join", "outgoing"]

MASTER = "sensor_id STRING, field_id STRING, field_name STRING"
"""The sensor master as the join takes it: a row for each sensor that stands in a field."""

_ISO = {"ignoreNullFields": "false", "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"}
"""A missing value stays null in the JSON; instants as `telemetry.clock.iso` writes them."""


def checked(records: DataFrame, legacy_time_zone: str, max_ahead: str) -> DataFrame:
    """Kafka records to EVIDENCE, READING and `reason` (null: it is a reading)."""
    return validate(parse(records, legacy_time_zone), max_ahead)


def join(readings: DataFrame, master: DataFrame) -> DataFrame:
    """Each row of `checked` with `field_id` and `field_name`, null where the sensor stands in no field."""
    return readings.join(F.broadcast(master), F.col("id") == F.col("sensor_id"), "left_outer").drop(
        "sensor_id"
    )


def outgoing(joined: DataFrame, topic_prefix: str = "") -> DataFrame:
    """Rows of `join` as Kafka messages: `topic`, `key`, `value`; each row goes to exactly one topic."""
    good = F.col("reason").isNull()
    reject_id = F.concat_ws("/", F.lit(READINGS.name), "partition", "offset")
    return joined.select(
        F.when(good, topic_prefix + JOINED.name).otherwise(topic_prefix + REJECTED.name).alias("topic"),
        F.when(good, F.col("id")).otherwise(reject_id).alias("key"),
        F.when(good, F.to_json(_reading(), _ISO))
        .otherwise(F.to_json(_refused(reject_id), _ISO))
        .alias("value"),
    )


def _reading() -> Column:
    """The canonical record (`telemetry.reading.record`) with its field."""
    coord = F.when(F.col("lon").isNotNull(), F.struct("lon", "lat"))
    return F.struct(
        "id", "boot", "seq", "date", coord.alias("coord"), F.struct(*MEASURED).alias("main"), "faults",
        "gateway", "received", "time_source", "late", "field_id", "field_name",
    )  # fmt: skip


def _refused(reject_id: Column) -> Column:
    """The rejected record of stage `stream`; the place in Kafka names it, so a repeat is the same record."""
    raw = F.base64(F.substring(F.coalesce("value", F.lit(b"")), 1, MAX_RAW))
    return F.struct(
        reject_id.alias("reject_id"),
        F.lit("stream").alias("stage"),
        F.lit(f"kafka:{READINGS.name}").alias("source"),
        "reason",
        F.regexp_replace(raw, "\r\n", "").alias("raw"),
        F.col("timestamp").alias("received"),
    )
