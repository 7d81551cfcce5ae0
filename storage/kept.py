"""Rows that would take the place of better ones are left out: `How.keep_greater`.

What is stored is asked for by partition, in the span of the rows' first clustering column. The answer and
the write are two requests: of two writers of one key in the same moment, the later one stays.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from storage.cql import codec
from storage.errors import SchemaMismatch
from storage.how import How
from storage.loop import run
from storage.pushdown import Condition
from storage.settings import Cassandra
from storage.table import Table, describe

__all__ = ["greater_kept", "without_lesser"]


def greater_kept(
    settings: Cassandra, name: str, batches: Iterable[pa.RecordBatch], how: How
) -> Iterator[pa.RecordBatch]:
    """`batches` without the rows whose stored one has more, and without the column that says which to ask."""
    column = how.keep_greater or ""
    for batch in batches:
        _check(batch.schema, how)
        asked = pa.array([True] * batch.num_rows, pa.bool_())
        rows = batch
        if how.keep_greater_where:
            asked = pc.fill_null(batch.column(how.keep_greater_where), False)
            rows = batch.drop_columns([how.keep_greater_where])
        about = rows.filter(asked)
        if about.num_rows:
            table = run(describe(settings, name))
            stored = _stored(settings, table, about, column)
            kept = without_lesser(about, stored, table.key, column)
            rows = pa.concat_batches([rows.filter(pc.invert(asked)), kept])
        yield rows


def _check(schema: pa.Schema, how: How) -> None:
    column, where = how.keep_greater, how.keep_greater_where
    if column not in schema.names:
        raise SchemaMismatch(f"The rows have no column '{column}': keep_greater needs it.")
    if where and not (where in schema.names and pa.types.is_boolean(schema.field(where).type)):
        raise SchemaMismatch(f"The rows have no column '{where}' of booleans: keep_greater_where needs it.")


def without_lesser(rows: pa.RecordBatch, stored: pa.Table, key: Sequence[str], column: str) -> pa.RecordBatch:
    """Those of `rows` that have at least as much in `column` as the row of `stored` with the same `key`."""
    known = dict(zip(_values(stored, stored.schema, key), stored[column].to_pylist(), strict=True))
    own = zip(_values(rows, stored.schema, key), rows.column(column).to_pylist(), strict=True)
    return rows.filter(pa.array([_may_stay(value, known.get(at)) for at, value in own], pa.bool_()))


def _may_stay(value: Any, stored: Any) -> bool:
    return bool(stored is None or (value is not None and value >= stored))


def _values(
    rows: pa.RecordBatch | pa.Table, types: pa.Schema, names: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """The columns as tuples, of the types that the table has: an instant is cut to its milliseconds."""
    columns = (pc.cast(rows.column(name), types.field(name).type, safe=False) for name in names)
    return zip(*(column.to_pylist() for column in columns), strict=True)


def _stored(settings: Cassandra, table: Table, rows: pa.RecordBatch, column: str) -> pa.Table:
    """Key and `column` of what is stored in the partitions of `rows`, between the first and the last."""
    from storage.scan import Query, read_keys  # another driver, which those who only write do without

    names = [*table.key, column]
    types = pa.schema([(name, codec(table.columns[name], table.fields).arrow) for name in names])
    keys = tuple(sorted(set(_values(rows, types, table.partition_key))))
    bounds = []
    if table.clustering:
        first = table.clustering[0]
        found = [value for (value,) in _values(rows, types, [first])]
        bounds = [Condition(first, ">=", min(found)), Condition(first, "<=", max(found))]
    return pa.Table.from_batches(read_keys(settings, Query(table, types, tuple(bounds)), keys), types)
