"""Writing what acsylla cannot bind (decimal, varint, time, vector, user-defined types): by cassandra-driver.

A quarter as fast, and in all else the same: idempotent inserts, repeated while a failure may pass, fewer at a
time while Cassandra is overloaded, and of two values for one key the one that comes later stays.
"""

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
from cassandra import OperationTimedOut, ReadFailure, Timeout, Unavailable, WriteFailure
from cassandra.cluster import NoHostAvailable
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.protocol import OverloadedErrorMessage
from cassandra.query import UNSET_VALUE

from storage.cql import Codec, codec
from storage.errors import QueryFailed, SchemaMismatch, Unreachable
from storage.gate import Limit
from storage.how import WRITTEN, How
from storage.inserts import ordered, stamps, statement
from storage.session import Session, connect
from storage.settings import Cassandra
from storage.table import Table
from telemetry.clock import duration

__all__ = ["write_cold"]

TRANSIENT = (
    NoHostAvailable, OperationTimedOut, OverloadedErrorMessage, ReadFailure, Timeout, Unavailable,
    WriteFailure,
)  # fmt: skip
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
MOST = 128
"""Requests in flight: more gain nothing with this driver."""

ROUNDS = 8
"""Times as many rows as are in flight go before it is judged whether that is too much."""


def write_cold(settings: Cassandra, table: Table, batches: Iterable[pa.RecordBatch], how: How) -> int:
    """Write all rows of the batches, which are of one schema."""
    written, limit, insert = 0, Limit(min(how.concurrency, MOST)), None
    with connect(settings) as session:
        for batch in batches:
            timed = ordered(_stamped(batch, how), how.stamped)
            insert = insert or _prepared(session, table, timed.schema.names, how.stamped)
            rows = list(_rows(timed, table, UNSET_VALUE if how.ignore_nulls else None))
            _insist(session, settings, insert, rows, limit)
            written += len(rows)
    return written


def _stamped(batch: pa.RecordBatch, how: How) -> pa.RecordBatch:
    """With a write time for each row: the driver's own would be a new one with each retry."""
    if how.timestamp_column:
        return batch
    return batch.append_column(WRITTEN, pa.array(stamps(batch.num_rows), pa.int64()))


def _prepared(session: Session, table: Table, names: list[str], how: How) -> Any:
    insert = session.prepare(statement(table, names[: -len(how.extra)], how))
    insert.is_idempotent = True
    return insert


def _rows(batch: pa.RecordBatch, table: Table, missing: Any) -> Iterator[tuple[Any, ...]]:
    """Rows as the driver binds them; columns that are none of the table's are whole numbers."""
    plain = Codec(pa.int64())
    codecs = [
        codec(table.columns[name], table.fields) if name in table.columns else plain
        for name in batch.schema.names
    ]
    columns = [
        _values(c, name, column, missing)
        for c, name, column in zip(codecs, batch.schema.names, batch.columns, strict=True)
    ]
    return zip(*columns, strict=True)


def _values(codec: Codec, name: str, column: pa.Array, missing: Any) -> Sequence[Any]:
    values, write = column.to_pylist(), codec.write
    if write is None:
        return [missing if value is None else value for value in values]
    try:
        return [missing if value is None else write(value) for value in values]
    except (TypeError, ValueError) as why:
        raise SchemaMismatch(f"Column '{name}' holds a value that does not fit its type: {why}.") from why


def _insist(
    session: Session, settings: Cassandra, insert: Any, rows: list[tuple[Any, ...]], limit: Limit
) -> None:
    """Until Cassandra has all of them, or `Cassandra.wait` is over since all went well."""
    until, pause = time.monotonic() + duration(settings.wait), FIRST_PAUSE
    while rows:
        at_once = int(limit.now)
        some, rows = rows[: ROUNDS * at_once], rows[ROUNDS * at_once :]
        failed = _failed(session, insert, some, at_once)
        if not failed:
            limit.went_well(len(some))
            until, pause = time.monotonic() + duration(settings.wait), FIRST_PAUSE
            continue
        limit.overloaded()
        if time.monotonic() + pause > until:
            raise Unreachable(f"Cassandra at {settings.place} did not take it for {settings.wait}.")
        rows = failed + rows
        time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads the retries, no secret
        pause = min(2 * pause, LONGEST_PAUSE)


def _failed(
    session: Session, insert: Any, rows: list[tuple[Any, ...]], at_once: int
) -> list[tuple[Any, ...]]:
    """Those of `rows` that failed for a reason that may pass; raises any other."""
    results = execute_concurrent_with_args(
        session, insert, rows, concurrency=at_once, raise_on_first_error=False
    )
    failed = [(row, why) for row, (good, why) in zip(rows, results, strict=True) if not good]
    for _, why in failed:
        if isinstance(why, (TypeError, ValueError)):  # the driver's own, before anything is sent
            raise QueryFailed(f"A row cannot be written: {' '.join(str(why).split()).rstrip('.')}.") from why
        if not isinstance(why, TRANSIENT):
            raise why
    return [row for row, _ in failed]
