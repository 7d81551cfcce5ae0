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
from collections.abc import Awaitable, Iterable
from concurrent.futures import Future
from functools import partial
from typing import Any, NamedTuple

import acsylla
import pyarrow as pa

from storage.convert import rows
from storage.errors import QueryFailed, StorageError
from storage.groups import Row, grouped
from storage.hot import insisting, session
from storage.loop import run, submit
from storage.settings import Cassandra
from storage.table import check, describe

__all__ = ["CONCURRENCY", "write_batches"]

CONCURRENCY = 192
"""Requests in flight: below 128 the round trip shows, above 256 nothing is gained (docs/storage.md)."""


class _Insert(NamedTuple):
    """A prepared insert; where the columns of the partition key and of the rest of the key stand in a row."""

    prepared: Any
    partition: tuple[int, ...]
    rest: tuple[int, ...]


_prepared: dict[tuple[int, Cassandra, str, pa.Schema], _Insert] = {}


def write_batches(
    settings: Cassandra,
    table: str,
    batches: Iterable[pa.RecordBatch],
    *,
    concurrency: int = CONCURRENCY,
    ignore_nulls: bool = False,
) -> int:
    """Write all rows of `batches` into `table` and return how many; all are acknowledged on return.

    A null deletes what the column held; with `ignore_nulls` it leaves it, and no tombstone is written.
    SchemaMismatch where the batches do not fit the table, Unreachable where Cassandra stayed away,
    QueryFailed where it refused a row. One batch is converted while the one before is on its way.
    """
    written = 0
    under_way: Future[int] | None = None
    try:
        for batch in batches:
            insert = run(_insert(settings, table, batch.schema))
            ready = grouped(rows(batch), insert.partition, insert.rest)
            written += under_way.result() if under_way else 0
            under_way = submit(_write(settings, insert, ready, concurrency, ignore_nulls))
        return written + (under_way.result() if under_way else 0)
    finally:
        if under_way:
            under_way.cancel()


async def _insert(settings: Cassandra, name: str, schema: pa.Schema) -> _Insert:
    """The prepared insert for these columns, after a check of their types; kept for the next batch."""
    key = (os.getpid(), settings, name, schema)
    if key not in _prepared:
        table = await describe(settings, name)
        check(table, schema)
        marks = ", ".join("?" * len(schema.names))
        text = f"INSERT INTO {table.name} ({', '.join(schema.names)}) VALUES ({marks})"  # noqa: S608
        open_session = await session(settings)
        prepared = await insisting(settings, lambda: open_session.create_prepared(text))
        places = (table.partition_key, table.clustering)
        _prepared[key] = _Insert(prepared, *(tuple(map(schema.names.index, part)) for part in places))
    return _prepared[key]


async def _write(
    settings: Cassandra, insert: _Insert, groups: list[list[Row]], concurrency: int, ignore_nulls: bool
) -> int:
    open_session = await session(settings)
    left = iter(groups)

    def send(group: list[Row]) -> Awaitable[Any]:
        statements = [_bound(insert.prepared, row, ignore_nulls) for row in group]
        if len(statements) == 1:
            return open_session.execute(statements[0])  # type: ignore[no-any-return]
        return open_session.execute_batch(_batch(statements))  # type: ignore[no-any-return]

    async def send_some() -> None:
        for group in left:
            try:
                await insisting(settings, partial(send, group))
            except QueryFailed:  # a batch may be too large where each of its rows is not
                for row in group:
                    await insisting(settings, partial(send, [row]))

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(concurrency, len(groups))):
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
