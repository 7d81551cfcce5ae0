"""Many partitions into one Arrow table: several asked for at a time, page by page, columns of our types."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import pyarrow as pa
from cassandra.cluster import EXEC_PROFILE_DEFAULT
from cassandra.query import tuple_factory

from storage.arrow_types import arrow_type, column
from storage.session import Session

__all__ = ["collect"]

AHEAD = 32
"""Partitions asked for before the first of them is used up."""

ROWS = 50_000
"""Rows that become one batch of columns; as tuples they take ten times the memory."""


def collect(session: Session, statement: str, keys: Iterable[tuple[Any, ...]]) -> pa.Table:
    """All rows of the SELECT `statement` for each of `keys` (its parameters), in the order of the keys."""
    query = session.prepare(statement)
    types = {name: kind.cql_parameterized_type() for _, _, name, kind in query.result_metadata}
    schema = pa.schema([(name, arrow_type(cql)) for name, cql in types.items()])
    profile = session.execution_profile_clone_update(EXEC_PROFILE_DEFAULT, row_factory=tuple_factory)
    rows = _rows(session.execute_async(query, key, execution_profile=profile) for key in keys)
    return pa.Table.from_batches(_batches(rows, types, schema), schema)


def _rows(asked: Iterator[Any]) -> Iterator[tuple[Any, ...]]:
    under_way = deque(islice(asked, AHEAD))
    while under_way:
        found = under_way.popleft().result()
        under_way.extend(islice(asked, 1))
        yield from found


def _batches(
    rows: Iterator[tuple[Any, ...]], types: dict[str, str], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    while some := list(islice(rows, ROWS)):
        columns = zip(*some, strict=True)
        yield pa.record_batch(
            [column(cql, values) for cql, values in zip(types.values(), columns, strict=True)], schema=schema
        )
