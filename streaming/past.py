"""A past into the tables: the transforms of the stream, run as a batch over what boards would have sent."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain, islice
from typing import NamedTuple

import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from storage.settings import Cassandra
from storage.spark.readings import ReadingSink
from storage.spark.write import write
from streaming.context import stream_sink
from streaming.downsample import downsampled
from streaming.join import checked, join, outgoing
from streaming.rows import window_rows
from streaming.schema import duplicates_by
from streaming.tables import reading_rows
from streaming.windows import window_means, windowed_readings
from telemetry.master import Field
from telemetry.topics import JOINED

__all__ = ["Part", "Payloads", "records", "write_part"]

Payloads = Callable[[int], Iterator[tuple[int, bytes]]]
"""Of a board by its number: when (ms since 1970) and the payload."""

_RECORD = pa.schema([
    ("partition", pa.int32()), ("offset", pa.int64()), ("timestamp", pa.timestamp("us", "UTC")),
    ("value", pa.binary()),
])  # fmt: skip
_WINDOW_ROW = "day DATE, threshold DOUBLE"
_ROWS = 5_000


class Part(NamedTuple):
    """Readings and windows that begin in [begin, end); `window` and `slide` as the stream has them."""

    begin: datetime
    end: datetime
    window: str
    slide: str


def records(spark: SparkSession, boards: int, payloads: Payloads, tasks: int = 2) -> DataFrame:
    """What the boards send, as records of topic `sensor-data`; `tasks` at a time."""

    def measured(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        numbers = (number for batch in batches for number in batch["id"].to_pylist())
        rows = chain.from_iterable(((n, *sent) for sent in payloads(n)) for n in numbers)
        while some := list(islice(rows, _ROWS)):
            board, at, value = zip(*some, strict=True)
            came = pa.array([ms * 1000 for ms in at], pa.timestamp("us", "UTC"))
            yield pa.record_batch([pa.array(board, pa.int32()), at, came, value], schema=_RECORD)

    columns = "partition INT, offset BIGINT, timestamp TIMESTAMP, value BINARY"
    return spark.range(0, boards, 1, tasks).mapInArrow(measured, columns)


def write_part(
    sent: DataFrame, master: DataFrame, fields: Mapping[str, Field], part: Part, cassandra: Cassandra
) -> int:
    """Readings, windows, minutes, hours and days of the part; how many readings.

    `sent` goes on beyond the end by the length of a window, so that the last ones are whole.
    """
    messages = outgoing(join(checked(sent, "UTC", "10m"), master))
    joined = messages.where(F.col("topic") == JOINED.name).persist()
    try:
        readings = reading_rows(joined).where(_within("date", part))
        windows = _windows(joined, fields, part)
        count = write(readings, stream_sink(cassandra, "reading", ReadingSink))
        write(windows, stream_sink(cassandra, "field_window"))
        write(downsampled(readings), stream_sink(cassandra, table_column="table"))
        return count
    finally:
        joined.unpersist()


def _windows(joined: DataFrame, fields: Mapping[str, Field], part: Part) -> DataFrame:
    once = windowed_readings(joined).dropDuplicates([*duplicates_by])
    means = window_means(once, part.window, part.slide).where(_within("window_start", part))
    known = dict(fields)

    def rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield from window_rows(pa.Table.from_batches([batch]), known).to_batches()

    columns = [
        f"{field.name} {field.dataType.simpleString()}" for field in means.schema if field.name != "newest"
    ]
    return means.mapInArrow(rows, ", ".join([*columns, _WINDOW_ROW]))


def _within(column: str, part: Part) -> Column:
    return (F.col(column) >= F.lit(part.begin)) & (F.col(column) < F.lit(part.end))
