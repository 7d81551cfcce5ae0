"""Rows of one partition put together: one request, one mutation and one place in the commit log for them."""

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["MOST", "MOST_BYTES", "Row", "grouped", "sizes"]

MOST = 16
"""Rows in a group: more gain nothing (docs/cassandra-for-spark.md)."""

MOST_BYTES = 4500
"""Of values in a group: Cassandra warns of batches over 5 KiB, and refuses those over 50."""

_AROUND = 12
"""Bytes that a value, also one in a list, takes in a request beside itself, with its share of what stands
before the row."""

Row = list[Any]


def sizes(batch: pa.RecordBatch) -> list[int]:
    """About how many bytes each row takes."""
    total = np.full(batch.num_rows, _AROUND * batch.num_columns, np.int64)
    for column in batch.columns:
        total += _lengths(column)
    found: list[int] = total.tolist()
    return found


def _lengths(column: pa.Array) -> NDArray[np.int64]:
    """Bytes of each value: one long list among short ones is long by itself."""
    kind = column.type
    if pa.types.is_map(kind):
        return _sums(column.offsets, _lengths(column.keys) + _lengths(column.items))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _sums(column.offsets, _lengths(column.values))
    if pa.types.is_struct(kind):
        fields = (_lengths(column.field(n)) for n in range(kind.num_fields))
        return sum(fields, np.zeros(len(column), np.int64))
    if _has_length(kind):
        return pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False).astype(np.int64)  # type: ignore[no-any-return]
    return np.full(len(column), 8, np.int64)


def _sums(offsets: pa.Array, items: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of the items between each two of `offsets`, which count from the first of `items`."""
    until = np.concatenate(([0], np.cumsum(items + _AROUND)))
    found: NDArray[np.int64] = np.diff(until[offsets.to_numpy()])
    return found


def _has_length(kind: pa.DataType) -> bool:
    tests = (pa.types.is_string, pa.types.is_binary, pa.types.is_large_string, pa.types.is_large_binary)
    return any(test(kind) for test in tests)


def grouped(
    rows: Iterable[Row], partition: Sequence[int], rest: Sequence[int], most: int = MOST,
    lengths: Iterable[int] | None = None,
) -> list[list[Row]]:  # fmt: skip
    """Groups of at most `most` rows and MOST_BYTES bytes (by `lengths` of the rows), or of one row.

    Groups are in the order of their first rows.

    All rows of a group are equal in the columns `partition` and no two are equal in the columns `rest`:
    the rows of a group are written with one time, so that of two with one key neither would be the later.
    """
    if most < 2 or not rest:
        return [[row] for row in rows]
    groups: list[list[Row]] = []
    open_groups: dict[tuple[Any, ...], _Group] = {}
    for row, length in zip(rows, repeat(0) if lengths is None else lengths, strict=False):
        place, key = tuple(row[i] for i in partition), tuple(row[i] for i in rest)
        group = open_groups.get(place)
        if group is None or len(group.rows) >= most or key in group.keys or group.bytes + length > MOST_BYTES:
            group = open_groups[place] = _Group()
            groups.append(group.rows)
        group.rows.append(row)
        group.keys.add(key)
        group.bytes += length
    return groups


class _Group:
    __slots__ = ("bytes", "keys", "rows")

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.keys: set[tuple[Any, ...]] = set()
        self.bytes = 0
