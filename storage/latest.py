"""Table `reading_latest`: the newest reading of each sensor, whatever order they come in.

The write time of a row is the date of the reading, so Cassandra itself keeps the newest: what comes late,
or again, changes nothing.
"""

from collections.abc import Iterable, Iterator
from zlib import crc32

import pyarrow as pa
import pyarrow.compute as pc

from storage.how import How
from storage.settings import Cassandra
from storage.writer import write_batches
from telemetry.quantities import QUANTITIES

__all__ = ["BUCKETS", "KEPT", "bucket", "write_readings"]

BUCKETS = 16
"""Partitions of the table: few to ask for, and enough for several nodes."""

KEPT = (
    "sensor_id", "date", "boot", "seq", "field_id", "lon", "lat", *(q.name for q in QUANTITIES),
    "faults", "gateway", "received", "time_source", "late",
)  # fmt: skip
"""What a reading's row has here; what else table `reading` may have is of no use to a live page."""

_WRITTEN = "written"
_NEWEST = [("sensor_id", "ascending"), *((name, "descending") for name in ("date", "boot", "seq"))]


def bucket(sensor_id: str) -> int:
    """The partition in which a sensor's newest reading is."""
    return crc32(sensor_id.encode()) % BUCKETS


def write_readings(settings: Cassandra, batches: Iterable[pa.RecordBatch], how: How) -> int:
    """Write rows of table `reading`, and each sensor's newest into `reading_latest`; returns how many."""
    newest: list[pa.RecordBatch] = []

    def seen() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            newest[:] = [_newest([*newest, batch])]
            yield batch

    written = write_batches(settings, "reading", seen(), how)
    latest = How(concurrency=how.concurrency, timestamp_column=_WRITTEN)  # a null replaces what was there
    write_batches(settings, "reading_latest", map(_rows, newest), latest)
    return written


def _newest(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    """The newest row of each sensor."""
    table = pa.Table.from_batches(batches).sort_by(_NEWEST).combine_chunks()
    sensors = table["sensor_id"]
    last = pc.not_equal(sensors[1:], sensors[:-1]).combine_chunks()
    first = pa.array([True] * min(1, len(sensors)), pa.bool_())
    kept = table.filter(pa.concat_arrays([first, last])).combine_chunks()
    return kept.to_batches()[0] if kept.num_rows else batches[-1]


def _rows(newest: pa.RecordBatch) -> pa.RecordBatch:
    """Rows of `reading_latest`; of two with one date the higher number counts as written later."""
    buckets = pa.array([bucket(sensor) for sensor in newest["sensor_id"].to_pylist()], pa.int8())
    seq = pc.max_element_wise(newest["seq"].cast(pa.int64()), 0)
    tie = pc.subtract(seq, pc.multiply(pc.divide(seq, 1000), 1000))
    ms = newest["date"].cast(pa.timestamp("ms", "UTC"), safe=False).cast(pa.int64())
    written = pc.add(pc.multiply(ms, 1000), tie)
    kept = [name for name in KEPT if name in newest.schema.names]
    rows = newest.select(kept).append_column("bucket", buckets)
    return rows.append_column(_WRITTEN, written)
