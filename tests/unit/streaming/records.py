"""Records as the Kafka source gives them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pyspark.sql import DataFrame, SparkSession

KAFKA = "key BINARY, value BINARY, topic STRING, partition INT, offset LONG, timestamp TIMESTAMP"
CAME = datetime(2026, 11, 24, 2, 0, 1, tzinfo=UTC)


def records(
    spark: SparkSession, values: Sequence[bytes | None], topic: str = "sensor-data", at: datetime = CAME
) -> DataFrame:
    """One record for each value, offsets 0, 1, …, all of partition 0 and with timestamp `at`."""
    rows = [(b"k", value, topic, 0, offset, at) for offset, value in enumerate(values)]
    return spark.createDataFrame(rows, KAFKA)
