"""Query `events`: each rule that a reading breaks, to `sensor-alert-events` within milliseconds.

It runs in Spark's real-time mode: no shuffle, no Python, and what it is joined with is read at its start.
So it is started again when rules or master have changed (streaming.renewal), and its own trigger, at whose
boundaries it pauses, is minutes long. After a kill it repeats up to a trigger's events, under the same keys.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from streaming.judge import broken, event_id
from streaming.schema import MEASURED
from telemetry.topics import ALERT_EVENTS

__all__ = ["alert_events", "of_sensor"]

_ISO = {"ignoreNullFields": "false", "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"}


def alert_events(checked: DataFrame, places: DataFrame, rules: DataFrame, prefix: str = "") -> DataFrame:
    """Rows of `streaming.join.checked` to Kafka messages; `places` of the snapshot, `rules` RULE_SCHEMA."""
    readings = checked.where(F.col("reason").isNull()).select(
        "id", "boot", "seq", "date", "faults", *MEASURED
    )
    placed = readings.join(F.broadcast(places), F.col("id") == F.col("sensor_id"), "left_outer")
    return broken(placed, rules).select(
        F.lit(prefix + ALERT_EVENTS.name).alias("topic"),
        of_sensor(F.col("id")),
        event_id().alias("key"),
        F.to_json(_event(), _ISO).alias("value"),
    )


def of_sensor(sensor: Column) -> Column:
    """The partition of all events of a sensor, whatever their keys: they stay in order."""
    return (
        F.pmod(F.crc32(sensor.cast("binary")), F.lit(ALERT_EVENTS.partitions)).cast("int").alias("partition")
    )


def _event() -> Column:
    """The value's fields, as `streaming.facts.Event` reads them."""
    reason = F.try_element_at("faults", F.col("quantity"))
    return F.struct(
        F.lit("breach").alias("kind"), event_id().alias("event_id"), "rule", "severity",
        F.col("id").alias("sensor_id"), "boot", "seq", "date", "field_id", "field_name", "quantity",
        F.col("measured").alias("value"), "threshold", reason.alias("fault"),
    )  # fmt: skip
