"""The hot path: Arrow batches into a table, by prepared inserts on the C++ driver.

Rows of one partition go as one unlogged batch, which Cassandra applies as one mutation (storage.groups).
Several hundred requests are in flight, none is given up before `Cassandra.wait` is over, and a batch is
done only when the server has acknowledged each of its rows. An insert is an upsert of the whole row
under its key: to write the same rows again, in whatever order, changes nothing. Write times only grow and
a retry keeps its own, so that of two values for one key the one that comes later stays, even if a retry of
the earlier one arrives last.
"""

import asyncio
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import acsylla
import pyarrow as pa
from acsylla import errors

from storage.convert import rows
from storage.errors import QueryFailed, StorageError
from storage.gate import Gate
from storage.groups import Row, grouped, sizes
from storage.hot import insisting, session
from storage.how import How
from storage.inserts import Insert, forget, insert_for, ordered, stamps
from storage.kept import greater_kept
from storage.loop import run, submit
from storage.settings import Cassandra

__all__ = ["write_batches"]


_PLAIN = How()

GATHERED = 20_000
"""Rows that are put into groups together; the next ones are while these are on their way."""


_gates: dict[tuple[int, Cassandra, int], Gate] = {}  # what one batch has learnt, the next one knows


def write_batches(
    settings: Cassandra, table: str, batches: Iterable[pa.RecordBatch], how: How = _PLAIN
) -> int:
    """Write the rows of `batches` into `table` and return how many; all are acknowledged on return.

    SchemaMismatch where the batches do not fit the table, Unreachable where Cassandra stayed away,
    QueryFailed where it refused a row. One batch is converted while the one before is on its way.
    """
    written = 0
    under_way: Future[int] | None = None
    left = _gathered(iter(batches))
    if how.keep_greater:
        left = greater_kept(settings, table, left, how)
    try:
        for batch in left:
            insert = run(insert_for(settings, table, batch.schema, how))
            if insert.prepared is None:
                from storage.cold import write_cold  # with another driver, which few processes need

                written += under_way.result() if under_way else 0
                return written + write_cold(settings, insert.table, chain([batch], left), how)
            ready = _groups(insert, ordered(batch, how), how)
            written += under_way.result() if under_way else 0
            under_way = submit(_write(settings, insert, ready, how))
        return written + (under_way.result() if under_way else 0)
    except StorageError:
        forget(settings, table)
        raise
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


def _groups(insert: Insert, batch: pa.RecordBatch, how: How) -> list[list[Row]]:
    return grouped(rows(batch), insert.partition, insert.rest, how.batch_rows, sizes(batch))


async def _write(settings: Cassandra, insert: Insert, groups: list[list[Row]], how: How) -> int:
    sender = _Sender(await session(settings), insert, how.ignore_nulls)
    gate = _gates.setdefault((os.getpid(), settings, how.concurrency), Gate(how.concurrency))
    left = zip(stamps(len(groups)), groups, strict=True)

    async def send_some() -> None:
        for at, group in left:
            async with gate:
                try:
                    await insisting(settings, partial(sender.send, group, at), gate.overloaded)
                except QueryFailed:  # a batch may be too large where each of its rows is not
                    for row in group:
                        await insisting(settings, partial(sender.send, [row], at), gate.overloaded)

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(how.concurrency, len(groups))):
                tasks.create_task(send_some())
    except* StorageError as failed:
        raise failed.exceptions[0] from None
    return sum(map(len, groups))


class _Sender(NamedTuple):
    session: Any
    insert: Insert
    ignore_nulls: bool

    async def send(self, group: list[Row], at: int) -> None:
        """Rows of one partition, with the write time `at`: one attempt."""
        prepared = self.insert.prepared
        statements = self._bound(prepared, group)
        try:
            if len(statements) > 1:
                await self.session.execute_batch(_batch(statements, at))
            else:
                statements[0].set_timestamp(at)
                await self.session.execute(statements[0])
        except errors.CassErrorLibNoHostsAvailable:
            await self.insert.renew(self.session, prepared)
            raise

    def _bound(self, prepared: Any, group: list[Row]) -> list[Any]:
        try:
            return [_bound(prepared, row, self.ignore_nulls) for row in group]
        except (TypeError, ValueError, ArithmeticError) as why:  # the driver's own, before anything is sent
            raise QueryFailed(f"A row cannot be written to {self.insert.table.name}: {why}.") from why


def _batch(statements: list[Any], at: int) -> Any:
    batch = acsylla.create_batch_unlogged()
    batch.set_timestamp(at)
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
