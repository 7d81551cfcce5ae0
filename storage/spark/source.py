"""The data source that Spark finds under the name `cassandra`.

Spark runs it in half a dozen processes of Python, each of which imports this module and, with it, what it
imports: the driver for reading (0.3 s of CPU, 30 MiB) only where something is read.
"""

from typing import TYPE_CHECKING

from msgspec.structs import replace
from pyspark.sql.datasource import CaseInsensitiveDict, DataSource
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
from pyspark.sql.types import StructType

from storage.errors import QueryFailed
from storage.inserts import insertable
from storage.loop import run
from storage.spark.options import Options
from storage.spark.sink import BatchSink, StreamSink
from storage.table import Table, describe
from telemetry.clock import duration

if TYPE_CHECKING:
    from storage.spark.reader import Reader

__all__ = ["CassandraDataSource"]

_PATIENCE = 20.0
"""Seconds: a query's start holds up the driver; that Cassandra is away is told soon, unlike in the tasks."""


class CassandraDataSource(DataSource):
    """Reads and writes, batch and streaming, of one table; `storage.spark.options` has the options."""

    def __init__(self, options: CaseInsensitiveDict) -> None:
        super().__init__(options)
        self.settings = Options.read(dict(options))

    @classmethod
    def name(cls) -> str:
        """What goes into `format(…)`."""
        return "cassandra"

    def schema(self) -> StructType:
        """What a read gives, unless `.schema(…)` says otherwise."""
        from storage.read import columns_of

        return from_arrow_schema(columns_of(self._table(), self.settings.columns))

    def reader(self, schema: StructType) -> "Reader":
        """A read of `table`; SchemaMismatch where the schema asks for what it is not."""
        from storage.spark.reader import PushingReader, Reader

        kind = PushingReader if self.settings.conditions else Reader
        return kind(self.settings, self._table(), schema)

    def writer(self, schema: StructType, overwrite: bool) -> BatchSink:
        """The batch sink; mode must be `append` (rows are upserts), and the schema must fit the table."""
        if overwrite:
            raise QueryFailed(
                "format('cassandra') only appends: write with mode('append'), keys are upserted."
            )
        self._check(schema)
        return BatchSink(self.settings)

    def streamWriter(self, schema: StructType, overwrite: bool) -> StreamSink:
        """The streaming sink, for append mode; the schema must fit the table."""
        self._check(schema)
        return StreamSink(self.settings)

    def _check(self, schema: StructType) -> None:
        """Fail now and not in the tasks; where each row names its table, they find out."""
        if self.settings.table:
            insertable(self._table(), to_arrow_schema(schema, timezone="UTC"), self.settings.how)

    def _table(self) -> Table:
        wait = min(duration(self.settings.cassandra.wait), _PATIENCE)
        soon = replace(self.settings.cassandra, wait=f"{wait}s")
        return run(describe(soon, self.settings.table))
