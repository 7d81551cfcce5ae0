"""Writing what acsylla cannot bind (decimal, varint, time, vector, user-defined types): by cassandra-driver.

A tenth as fast, and in all else the same: idempotent inserts, repeated while a failure may pass.
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
from storage.errors import Unreachable
from storage.how import How
from storage.session import Session, connect
from storage.settings import Cassandra
from storage.table import Table
from telemetry.clock import duration

__all__ = ["write_cold"]

TRANSIENT = (
    NoHostAvailable, OperationTimedOut, OverloadedErrorMessage, ReadFailure, Timeout, Unavailable,
    WriteFailure,
)  # fmt: skip
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0


def write_cold(
    settings: Cassandra, table: Table, batches: Iterable[pa.RecordBatch], statement: str, how: How
) -> int:
    """Write all rows by the insert `statement`, whose marks are the columns of the batches in their order."""
    written = 0
    with connect(settings) as session:
        insert = session.prepare(statement)
        insert.is_idempotent = True
        for batch in batches:
            rows = list(_rows(batch, table, UNSET_VALUE if how.ignore_nulls else None))
            _insist(session, settings, insert, rows, min(how.concurrency, 128))
            written += len(rows)
    return written


def _rows(batch: pa.RecordBatch, table: Table, missing: Any) -> Iterator[tuple[Any, ...]]:
    """Rows as the driver binds them; columns that are none of the table's are whole numbers."""
    plain = Codec(pa.int64())
    codecs = [
        codec(table.columns[name], table.fields) if name in table.columns else plain
        for name in batch.schema.names
    ]
    columns = [_values(c, column, missing) for c, column in zip(codecs, batch.columns, strict=True)]
    return zip(*columns, strict=True)


def _values(codec: Codec, column: pa.Array, missing: Any) -> Sequence[Any]:
    values, write = column.to_pylist(), codec.write
    if write is None:
        return [missing if value is None else value for value in values]
    return [missing if value is None else write(value) for value in values]


def _insist(
    session: Session, settings: Cassandra, insert: Any, rows: list[tuple[Any, ...]], concurrency: int
) -> None:
    """Until Cassandra has all of them, or `Cassandra.wait` is over."""
    until, pause = time.monotonic() + duration(settings.wait), FIRST_PAUSE
    while rows:
        results = execute_concurrent_with_args(
            session, insert, rows, concurrency=concurrency, raise_on_first_error=False
        )
        failed = [(row, why) for row, (good, why) in zip(rows, results, strict=True) if not good]
        for _, why in failed:
            if not isinstance(why, TRANSIENT):
                raise why
        if failed and time.monotonic() + pause > until:
            raise Unreachable(f"Cassandra at {settings.address} did not take it for {settings.wait}.")
        rows = [row for row, _ in failed]
        if rows:
            time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads the retries, no secret
            pause = min(2 * pause, LONGEST_PAUSE)
