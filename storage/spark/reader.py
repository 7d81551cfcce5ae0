"""The reader: which tasks there are, and what of a query's conditions Cassandra answers itself.

Spark has no way for a data source in Python to say on which machine a task should run (a reader in Java has
`preferredLocations`), nor to tell it which columns a query uses. So a task asks the node that holds its
rows, wherever it runs itself; and columns are named in the option `columns` or by `.schema(…)`.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyspark.sql.datasource import (
    DataSourceReader,
    EqualTo,
    Filter,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    InputPartition,
    LessThan,
    LessThanOrEqual,
)
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from storage.errors import SchemaMismatch
from storage.pushdown import Condition, push
from storage.read import columns_of
from storage.ring import Part, shares, tokens
from storage.scan import Query, read_keys, read_parts
from storage.session import connect
from storage.spark.options import Options
from storage.table import Table

__all__ = ["SPLITS", "PushingReader", "Reader"]

SPLITS = 2 * (os.cpu_count() or 1)
"""Tasks at least, for few nodes: one costs as much as reading some thousand rows. Where there are many nodes,
they are more than this machine's cores."""

KEYS = 256
"""Partitions that one task reads by their keys."""

_OPERATORS = {
    EqualTo: "=", In: "in", GreaterThan: ">", GreaterThanOrEqual: ">=", LessThan: "<", LessThanOrEqual: "<=",
}  # fmt: skip


@dataclass
class _ByToken(InputPartition):
    parts: list[Part]


@dataclass
class _ByKey(InputPartition):
    keys: tuple[tuple[Any, ...], ...]


class Reader(DataSourceReader):
    """Rows of one table; Arrow batches of the columns of `schema`."""

    def __init__(self, options: Options, table: Table, schema: StructType) -> None:
        self._options, self._table = options, table
        self._query = Query(table, _wanted(table, schema), page=options.page_rows)
        self._pushed = push(table, ())

    def partitions(self) -> Sequence[InputPartition]:
        """By key where the query names partitions, else the ring, each task ranges of one node."""
        keys = self._pushed.keys
        if keys is not None:
            return [_ByKey(keys[n : n + KEYS]) for n in range(0, len(keys), KEYS)]
        with connect(self._options.cassandra) as session:
            ring = tokens(session)
        return [_ByToken(share) for share in shares(ring, self._options.splits or SPLITS)]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """Runs in an executor's Python worker."""
        if isinstance(partition, _ByKey):
            return read_keys(self._options.cassandra, self._query, partition.keys)
        assert isinstance(partition, _ByToken)  # noqa: S101 - there are no others
        return read_parts(self._options.cassandra, self._query, partition.parts)


class PushingReader(Reader):
    """The same, by the keys that a query names.

    Not unless it is asked for: Spark 4.2 keeps for all queries of one `load()` what the last one with
    conditions was planned to read, so that another query of the same frame would miss rows.
    """

    def pushFilters(self, filters: list[Filter]) -> Iterable[Filter]:
        """Take what the keys can answer; Spark checks all of it again."""
        conditions = (_condition(each) for each in filters)
        self._pushed = push(self._table, [c for c in conditions if c is not None])
        self._query = self._query._replace(rows=self._pushed.rows)
        return filters


def _wanted(table: Table, schema: StructType) -> pa.Schema:
    """The columns as Spark wants them; SchemaMismatch where values could not become that."""
    wanted = to_arrow_schema(schema, timezone="UTC")
    for field, own in zip(wanted, columns_of(table, ",".join(wanted.names)), strict=True):
        decimals = pa.types.is_decimal(field.type) and pa.types.is_decimal(own.type)
        if not decimals and to_spark(own.type) != to_spark(field.type):
            raise SchemaMismatch(
                f"Column '{field.name}' of {table.name} is {table.columns[field.name]}, read as "
                f"{to_spark(own.type)}, but the schema has {to_spark(field.type)}."
            )
    return wanted


def to_spark(kind: pa.DataType) -> str:
    """Spark's name for an Arrow type, whatever Arrow calls the fields inside."""
    from pyspark.sql.pandas.types import from_arrow_type

    return from_arrow_type(kind).simpleString()


def _condition(given: Filter) -> Condition | None:
    operator = _OPERATORS.get(type(given))
    if operator is None or len(given.attribute) != 1:  # type: ignore[attr-defined]
        return None
    return Condition(given.attribute[0], operator, given.value)  # type: ignore[attr-defined]
