"""The hot path: Arrow batches into a table, by prepared single-row inserts on the C++ driver.

Several hundred inserts are in flight, none is given up before `Cassandra.wait` is over, and a batch is
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
from typing import Any

import pyarrow as pa

from storage.convert import rows
from storage.errors import StorageError
from storage.hot import insisting, session
from storage.loop import run, submit
from storage.settings import Cassandra
from storage.table import check, describe

__all__ = ["CONCURRENCY", "write_batches"]

CONCURRENCY = 192
"""Inserts in flight: below 128 the round trip shows, above 256 nothing is gained (docs/storage.md)."""

_prepared: dict[tuple[int, Cassandra, str, pa.Schema], Any] = {}


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
            ready = list(rows(batch))
            written += under_way.result() if under_way else 0
            under_way = submit(_write(settings, insert, ready, concurrency, ignore_nulls))
        return written + (under_way.result() if under_way else 0)
    finally:
        if under_way:
            under_way.cancel()


async def _insert(settings: Cassandra, name: str, schema: pa.Schema) -> Any:
    """The prepared insert for these columns, after a check of their types; kept for the next batch."""
    key = (os.getpid(), settings, name, schema)
    if key not in _prepared:
        table = await describe(settings, name)
        check(table, schema)
        marks = ", ".join("?" * len(schema.names))
        text = f"INSERT INTO {table.name} ({', '.join(schema.names)}) VALUES ({marks})"  # noqa: S608
        open_session = await session(settings)
        _prepared[key] = await insisting(settings, lambda: open_session.create_prepared(text))
    return _prepared[key]


async def _write(
    settings: Cassandra, insert: Any, ready: list[list[Any]], concurrency: int, ignore_nulls: bool
) -> int:
    open_session = await session(settings)
    left = iter(ready)

    def send(row: list[Any]) -> Awaitable[Any]:
        return open_session.execute(_bound(insert, row, ignore_nulls))  # type: ignore[no-any-return]

    async def send_some() -> None:
        for row in left:
            await insisting(settings, partial(send, row))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(concurrency, len(ready))):
                group.create_task(send_some())
    except* StorageError as failed:
        raise failed.exceptions[0] from None
    return len(ready)


def _bound(insert: Any, row: list[Any], ignore_nulls: bool) -> Any:
    statement = insert.bind()
    if ignore_nulls and None in row:
        for index, value in enumerate(row):
            if value is not None:  # what is never bound is left as it is
                statement.bind(index, value)
    else:
        statement.bind_list(row)
    statement.set_is_idempotent(True)
    return statement
