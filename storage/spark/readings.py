"""`format("farm-readings")`: rows of table `reading`, whose newest also go to `reading_latest`."""

from collections.abc import Iterator

import pyarrow as pa
from pyspark.sql.datasource import CaseInsensitiveDict
from pyspark.sql.types import StructType

from storage.latest import write_readings
from storage.spark.sink import BatchSink, StreamSink, Written
from storage.spark.source import CassandraDataSource

__all__ = ["ReadingDataSource"]


class ReadingDataSource(CassandraDataSource):
    """The sink of query `readings`; options as of `format("cassandra")`, `table` is always `reading`."""

    def __init__(self, options: CaseInsensitiveDict) -> None:
        super().__init__(CaseInsensitiveDict({**options, "table": "reading"}))

    @classmethod
    def name(cls) -> str:
        """What goes into `format(…)`."""
        return "farm-readings"

    def writer(self, schema: StructType, overwrite: bool) -> BatchSink:
        """As that of `format("cassandra")`."""
        return _BatchReadings(super().writer(schema, overwrite).options)

    def streamWriter(self, schema: StructType, overwrite: bool) -> StreamSink:
        """As that of `format("cassandra")`."""
        return _StreamReadings(super().streamWriter(schema, overwrite).options)


class _BatchReadings(BatchSink):
    def write(self, iterator: Iterator[pa.RecordBatch]) -> Written:
        return Written(write_readings(self.options.cassandra, iterator, self.options.how))


class _StreamReadings(StreamSink):
    def write(self, iterator: Iterator[pa.RecordBatch]) -> Written:
        return Written(write_readings(self.options.cassandra, iterator, self.options.how))
