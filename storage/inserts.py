"""The insert for rows of a schema: checked against the table, prepared once for each process, then kept."""

import os
import threading
import time
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from storage.cql import quoted
from storage.errors import SchemaMismatch
from storage.hot import insisting, session
from storage.how import How
from storage.nulls import refuse_nulls
from storage.settings import Cassandra
from storage.table import Table, check, describe, is_hot

__all__ = ["Insert", "forget", "insert_for", "insertable", "ordered", "stamps", "statement"]


@dataclass
class Insert:
    """An insert; where the columns of the partition key and of the rest of the key stand in a row.

    Not prepared where acsylla cannot bind a column.
    """

    table: Table
    text: str
    prepared: Any
    partition: tuple[int, ...]
    rest: tuple[int, ...]

    async def renew(self, open_session: Any, used: Any) -> None:
        """Prepare it again where `used` is what all have: a table that was made again has forgotten it.

        The C++ driver itself only says that no node is there; this says what is wrong with the statement.
        """
        if self.prepared is used:
            made = await open_session.create_prepared(self.text)
            self.prepared = made if self.prepared is used else self.prepared


_inserts: dict[tuple[int, Cassandra, str, pa.Schema, How], Insert] = {}
_lock, _last = threading.Lock(), 0


async def insert_for(settings: Cassandra, name: str, schema: pa.Schema, how: How) -> Insert:
    """The prepared insert for these columns, after a check of their types; kept for the next batch."""
    key = (os.getpid(), settings, name, schema, how)
    if key not in _inserts:
        table = await describe(settings, name)
        columns = insertable(table, schema, how).names
        text, prepared = statement(table, columns, how), None
        if all(is_hot(table.columns[column]) for column in columns):
            open_session = await session(settings)
            prepared = await insisting(settings, lambda: open_session.create_prepared(text))
        places = (table.partition_key, table.clustering)
        at = (tuple(map(columns.index, part)) for part in places)
        _inserts[key] = Insert(table, text, prepared, *at)
    return _inserts[key]


def forget(settings: Cassandra, name: str) -> None:
    """Look at the table again before the next batch: a migration may have changed it."""
    for key in [key for key in _inserts if key[:3] == (os.getpid(), settings, name)]:
        del _inserts[key]


def statement(table: Table, columns: list[str], how: How) -> str:
    """The INSERT; the marks of `how.extra` come last."""
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table.name} ({', '.join(map(quoted, columns))}) VALUES ({marks}){how.using}"  # noqa: S608


def insertable(table: Table, schema: pa.Schema, how: How) -> pa.Schema:
    """The columns of `schema` that go into `table`; SchemaMismatch where they do not fit."""
    for name, test in ((how.timestamp_column, _is_instant), (how.ttl_column, pa.types.is_integer)):
        if name and not (name in schema.names and test(schema.field(name).type)):
            raise SchemaMismatch(f"The rows have no column '{name}' of the type that its option needs.")
    columns = pa.schema([f for f in schema if f.name not in (*how.extra, how.keep_greater_where)])
    check(table, columns)
    return columns


def _is_instant(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_int64(kind))


def ordered(batch: pa.RecordBatch, how: How) -> pa.RecordBatch:
    """The batch with its `extra` columns last, as whole numbers; without a time to live a row stays.

    SchemaMismatch where its values cannot be written.
    """
    refuse_nulls(batch)
    if not how.extra:
        return batch
    more = [batch.column(name) for name in how.extra]
    more = [pc.cast(c, pa.timestamp("us", "UTC")) if pa.types.is_timestamp(c.type) else c for c in more]
    more = [c.cast(pa.int64()) for c in more]
    if how.ttl_column:
        more[-1] = pc.fill_null(more[-1], 0)  # not the table's default, which what is never bound would get
    rest = batch.drop_columns(list(how.extra))
    return pa.record_batch([*rest.columns, *more], [*rest.schema.names, *how.extra])


def stamps(count: int) -> range:
    """Write times in microseconds, later than all before: the clock's, or the next where it stands still."""
    global _last  # noqa: PLW0603 - the clock of this process
    with _lock:
        first = max(_last + 1, time.time_ns() // 1000)
        _last = first + count - 1
    return range(first, first + count)
