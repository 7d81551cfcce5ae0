"""Records as the Kafka source gives them, and tables compared as wholes."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession

__all__ = ["CAME", "KAFKA", "records", "rows_of"]

KAFKA = "key BINARY, value BINARY, topic STRING, partition INT, offset LONG, timestamp TIMESTAMP"
CAME = datetime(2026, 11, 24, 2, 0, 1, tzinfo=UTC)


def records(
    spark: SparkSession, values: Sequence[bytes | None], topic: str = "sensor-data", at: datetime = CAME
) -> DataFrame:
    """One record for each value, offsets 0, 1, …, all of partition 0 and with timestamp `at`."""
    rows = [(b"k", value, topic, 0, offset, at) for offset, value in enumerate(values)]
    return spark.createDataFrame(rows, KAFKA)


def rows_of(frame: DataFrame) -> list[dict[str, Any]]:
    """The rows as dicts; maps as dicts."""
    return [{name: _plain(cell) for name, cell in row.items()} for row in frame.toArrow().to_pylist()]


def _plain(cell: Any) -> Any:
    is_map = isinstance(cell, list) and all(isinstance(item, tuple) for item in cell)
    return dict(cell) if is_map else cell
