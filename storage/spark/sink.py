"""The writers: each task writes its Arrow batches and reports only when Cassandra has acknowledged all.

At least once: a task or batch that Spark repeats writes the same rows under the same keys again, which
changes nothing. So neither a commit nor an abort has anything left to do, and speculative tasks are safe.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql.datasource import (
    DataSourceArrowWriter,
    DataSourceStreamArrowWriter,
    WriterCommitMessage,
)

from storage.spark.options import Options
from storage.writer import write_batches

__all__ = ["BatchSink", "StreamSink", "Written"]


@dataclass
class Written(WriterCommitMessage):
    """A task's rows, all of them acknowledged."""

    rows: int


class _Sink:
    def __init__(self, options: Options) -> None:
        self.options = options

    def write(self, iterator: Iterator[pa.RecordBatch]) -> Written:
        """Runs in an executor's Python worker, once for each task."""
        options = self.options
        return Written(
            write_batches(
                options.cassandra,
                options.table,
                iterator,
                concurrency=options.concurrency,
                ignore_nulls=options.ignore_nulls,
            )
        )


class BatchSink(_Sink, DataSourceArrowWriter):
    """`df.write.format("cassandra")`."""


class StreamSink(_Sink, DataSourceStreamArrowWriter):
    """`df.writeStream.format("cassandra")`."""
