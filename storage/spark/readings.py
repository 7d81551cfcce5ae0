"""The sink of table `reading`: each sensor's newest row also goes to `reading_latest`."""

from collections.abc import Iterator

import pyarrow as pa

from storage.latest import write_readings
from storage.spark.sink import BatchSink, Written

__all__ = ["ReadingSink"]


class ReadingSink(BatchSink):
    """`BatchSink` for `Options` whose table is `reading`."""

    def write(self, iterator: Iterator[pa.RecordBatch]) -> Written:
        """Runs in an executor's Python worker, once for each task."""
        return Written(write_readings(self.options.cassandra, iterator, self.options.how))
