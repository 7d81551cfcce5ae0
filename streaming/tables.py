"""What goes to the tables `reading` and `rejected`: one select each, columns named as in Cassandra."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from streaming.parse import STRICT, instant
from streaming.schema import JOINED, MEASURED, REJECTED_RECORD
from telemetry.rejected import MAX_RAW

__all__ = ["ABSENT", "MAX_KEY", "joined_readings", "reading_rows", "rejected_rows"]

ABSENT = -1
"""`boot` and `seq` in the table's key where a board counts neither."""

MAX_KEY = 256
"""Characters of an id. Ours are shorter; Cassandra refuses keys over 64 KiB, which would stop the query."""


def joined_readings(records: DataFrame, schema: str = JOINED, *beside: str) -> DataFrame:
    """Records of `joined-sensor-data` as columns of `schema`; what is no joined reading is left out.

    `beside` are columns of the records that go on beside them.

    Only query `join` writes that topic. A foreign record there has no place in any table: the topic keeps it.
    As a generator the JSON is parsed once: Spark pushes a condition down through a projection, and with it
    copies of the expression that makes the column, here five parses of each record.
    """
    parsed = F.from_json(F.col("value").cast("string"), schema, STRICT | {"mode": "PERMISSIVE"})
    rows = records.select(*beside, F.inline(F.array(parsed)))
    return rows.where(F.length("id").between(1, MAX_KEY) & F.col("date").isNotNull())


def reading_rows(records: DataFrame) -> DataFrame:
    """Records of `joined-sensor-data` as rows of table `reading`."""
    return joined_readings(records).select(
        F.col("id").alias("sensor_id"),
        F.to_date("date").alias("day"),
        "date",
        *(F.coalesce(name, F.lit(ABSENT)).alias(name) for name in ("boot", "seq")),
        "field_id",
        F.col("coord.lon").alias("lon"),
        F.col("coord.lat").alias("lat"),
        *(F.col(f"main.{name}").alias(name) for name in MEASURED),
        "faults", "gateway", "received", "time_source", "late",
    )  # fmt: skip


def rejected_rows(records: DataFrame) -> DataFrame:
    """Records of `sensor-data-rejected` as rows of table `rejected`.

    A record there that is no rejected record is itself kept as one, named by its place in Kafka.
    """
    parsed = F.from_json(F.col("value").cast("string"), REJECTED_RECORD, STRICT).alias("r")
    rows = records.select("topic", "partition", "offset", "timestamp", "value", parsed)
    ours = F.coalesce(F.length("r.reject_id").between(1, MAX_KEY), F.lit(False)) & F.col("r.misfit").isNull()

    def either(name: str, otherwise: Column) -> Column:
        return F.when(ours, F.col(f"r.{name}")).otherwise(otherwise).alias(name)

    head = F.substring("value", 1, MAX_RAW)
    source = F.concat(F.lit("kafka:"), "topic")
    return rows.select(
        either("reject_id", F.concat_ws("/", "topic", "partition", "offset")),
        either("stage", F.lit("stream")),
        either("source", source),
        either("reason", F.lit("not a rejected record")),
        F.when(ours, F.try_to_binary("r.raw", F.lit("base64"))).otherwise(head).alias("raw"),
        F.coalesce(F.when(ours, instant(F.col("r.received"))), "timestamp").alias("received"),
    )
