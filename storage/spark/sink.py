"""The writers: each task writes its Arrow batches and reports only when Cassandra has acknowledged all.

At least once: a task or batch that Spark repeats writes the same rows under the same keys again, which
changes nothing. So neither a commit nor an abort has anything left to do, and speculative tasks are safe.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql.datasource import (
    DataSourceArrowWriter,
    DataSourceStreamArrowWriter,
    WriterCommitMessage,
)

from storage.errors import SchemaMismatch
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
        if options.table_column:
            parts = (part for batch in iterator for part in _by_table(batch, options.table_column))
            return Written(sum(self._into(table, [part]) for table, part in parts))
        return Written(self._into(options.table, iterator))

    def _into(self, table: str, batches: Iterable[pa.RecordBatch]) -> int:
        return write_batches(self.options.cassandra, table, batches, self.options.how)


def _by_table(batch: pa.RecordBatch, column: str) -> Iterator[tuple[str, pa.RecordBatch]]:
    """The batch's rows by the table that they go to; the column that says so is gone."""
    if column not in batch.schema.names or batch.column(column).null_count:
        raise SchemaMismatch(
            f"Each row must name its table in column '{column}' (table_column): some do not."
        )
    names = batch.column(column)
    rows = batch.drop_columns([column])
    for name in pc.unique(names).to_pylist():
        yield name, rows.filter(pc.equal(names, name))


class BatchSink(_Sink, DataSourceArrowWriter):
    """`df.write.format("cassandra")`."""


class StreamSink(_Sink, DataSourceStreamArrowWriter):
    """`df.writeStream.format("cassandra")`."""
