"""The hot path: Arrow batches into a table, by prepared inserts on the C++ driver.

Rows of one partition go as one unlogged batch, which Cassandra applies as one mutation (storage.groups).
Several hundred requests are in flight, none is given up before `Cassandra.wait` is over, and a batch is
done only when the server has acknowledged each of its rows. An insert is an upsert of the whole row
under its key: to write the same rows again, in whatever order, changes nothing. Write times are the
driver's own clock and only grow, so that of two values for one key the one sent later stays, even if a
retry of the earlier one arrives last.
"""

import asyncio
import os
from collections.abc import Awaitable, Iterable, Iterator
from concurrent.futures import Future
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import acsylla
import pyarrow as pa
import pyarrow.compute as pc

from storage.convert import rows
from storage.cql import quoted
from storage.errors import QueryFailed, SchemaMismatch, StorageError
from storage.gate import Gate
from storage.groups import Row, grouped, sizes
from storage.hot import insisting, session
from storage.how import How
from storage.loop import run, submit
from storage.settings import Cassandra
from storage.table import Table, check, describe, is_hot

__all__ = ["insertable", "write_batches"]


_PLAIN = How()

GATHERED = 20_000
"""Rows that are put into groups together; the next ones are while these are on their way."""


class _Insert(NamedTuple):
    """An insert; where the columns of the partition key and of the rest of the key stand in a row.

    Not prepared where acsylla cannot bind a column.
    """

    table: Table
    text: str
    prepared: Any
    partition: tuple[int, ...]
    rest: tuple[int, ...]


_inserts: dict[tuple[int, Cassandra, str, pa.Schema, How], _Insert] = {}
_gates: dict[tuple[int, Cassandra, int], Gate] = {}  # what one batch has learnt, the next one knows


def write_batches(
    settings: Cassandra, table: str, batches: Iterable[pa.RecordBatch], how: How = _PLAIN
) -> int:
    """Write all rows of `batches` into `table` and return how many; all are acknowledged on return.

    SchemaMismatch where the batches do not fit the table, Unreachable where Cassandra stayed away,
    QueryFailed where it refused a row. One batch is converted while the one before is on its way.
    """
    written = 0
    under_way: Future[int] | None = None
    left = _gathered(iter(batches))
    try:
        for batch in left:
            insert = run(_insert(settings, table, batch.schema, how))
            if insert.prepared is None:
                from storage.cold import write_cold  # with another driver, which few processes need

                rest = (_ordered(each, how) for each in chain([batch], left))
                return written + write_cold(settings, insert.table, rest, insert.text, how)
            ready = _groups(insert, _ordered(batch, how), how)
            written += under_way.result() if under_way else 0
            under_way = submit(_write(settings, insert, ready, how))
        return written + (under_way.result() if under_way else 0)
    finally:
        if under_way:
            under_way.cancel()


def _gathered(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Larger batches of the same rows: the more there are, the more of them share a partition."""
    some: list[pa.RecordBatch] = []
    for batch in batches:
        if some and (batch.schema != some[0].schema or sum(b.num_rows for b in some) >= GATHERED):
            yield pa.concat_batches(some)
            some = []
        some.append(batch)
    if some:
        yield pa.concat_batches(some)


def _groups(insert: _Insert, batch: pa.RecordBatch, how: How) -> list[list[Row]]:
    return grouped(rows(batch), insert.partition, insert.rest, how.batch_rows, sizes(batch))


def insertable(table: Table, schema: pa.Schema, how: How) -> pa.Schema:
    """The columns of `schema` that go into `table`; SchemaMismatch where they do not fit."""
    for name, test in ((how.timestamp_column, _is_instant), (how.ttl_column, pa.types.is_integer)):
        if name and not (name in schema.names and test(schema.field(name).type)):
            raise SchemaMismatch(f"The rows have no column '{name}' of the type that its option needs.")
    columns = pa.schema([field for field in schema if field.name not in how.extra])
    check(table, columns)
    return columns


def _is_instant(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_int64(kind))


def _ordered(batch: pa.RecordBatch, how: How) -> pa.RecordBatch:
    """The batch with its `extra` columns last, as whole numbers."""
    if not how.extra:
        return batch
    more = [batch.column(name) for name in how.extra]
    more = [pc.cast(c, pa.timestamp("us", "UTC")) if pa.types.is_timestamp(c.type) else c for c in more]
    rest = batch.drop_columns(list(how.extra))
    names = [*rest.schema.names, *how.extra]
    return pa.record_batch([*rest.columns, *(c.cast(pa.int64()) for c in more)], names)


async def _insert(settings: Cassandra, name: str, schema: pa.Schema, how: How) -> _Insert:
    """The prepared insert for these columns, after a check of their types; kept for the next batch."""
    key = (os.getpid(), settings, name, schema, how)
    if key not in _inserts:
        table = await describe(settings, name)
        columns = insertable(table, schema, how).names
        marks = ", ".join("?" * len(columns))
        text = f"INSERT INTO {table.name} ({', '.join(map(quoted, columns))}) VALUES ({marks}){how.using}"  # noqa: S608
        prepared = None
        if all(is_hot(table.columns[column]) for column in columns):
            open_session = await session(settings)
            prepared = await insisting(settings, lambda: open_session.create_prepared(text))
        places = (table.partition_key, table.clustering)
        at = (tuple(map(columns.index, part)) for part in places)
        _inserts[key] = _Insert(table, text, prepared, *at)
    return _inserts[key]


async def _write(settings: Cassandra, insert: _Insert, groups: list[list[Row]], how: How) -> int:
    open_session = await session(settings)
    gate = _gates.setdefault((os.getpid(), settings, how.concurrency), Gate(how.concurrency))
    left = iter(groups)

    def send(group: list[Row]) -> Awaitable[Any]:
        statements = [_bound(insert.prepared, row, how.ignore_nulls) for row in group]
        if len(statements) == 1:
            return open_session.execute(statements[0])  # type: ignore[no-any-return]
        return open_session.execute_batch(_batch(statements))  # type: ignore[no-any-return]

    async def send_some() -> None:
        for group in left:
            async with gate:
                try:
                    await insisting(settings, partial(send, group), gate.overloaded)
                except QueryFailed:  # a batch may be too large where each of its rows is not
                    for row in group:
                        await insisting(settings, partial(send, [row]), gate.overloaded)

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(how.concurrency, len(groups))):
                tasks.create_task(send_some())
    except* StorageError as failed:
        raise failed.exceptions[0] from None
    return sum(map(len, groups))


def _batch(statements: list[Any]) -> Any:
    batch = acsylla.create_batch_unlogged()
    for statement in statements:
        batch.add_statement(statement)
    batch.set_is_idempotent(True)
    return batch


def _bound(prepared: Any, row: Row, ignore_nulls: bool) -> Any:
    statement = prepared.bind()
    if ignore_nulls and None in row:
        for index, value in enumerate(row):
            if value is not None:  # what is never bound is left as it is
                statement.bind(index, value)
    else:
        statement.bind_list(row)
    statement.set_is_idempotent(True)
    return statement
