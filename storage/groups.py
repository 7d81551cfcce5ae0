"""Rows of one partition put together: one request, one mutation and one place in the commit log for them."""

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["MOST", "MOST_BYTES", "Row", "grouped", "sizes"]

MOST = 16
"""Rows in a group: more gain nothing (docs/cassandra-for-spark.md)."""

MOST_BYTES = 4500
"""Of values in a group: Cassandra warns of batches over 5 KiB, and refuses those over 50."""

_AROUND = 12
"""Bytes that a value takes in a request beside itself, with its share of what stands before the row."""

Row = list[Any]


def sizes(batch: pa.RecordBatch) -> list[int]:
    """About how many bytes each row takes."""
    total = pa.array([_AROUND * batch.num_columns] * batch.num_rows, pa.int64())
    for column in batch.columns:
        kind = column.type
        if pa.types.is_string(kind) or pa.types.is_binary(kind):
            length = pc.fill_null(pc.binary_length(column), 0)
        elif pa.types.is_nested(kind) or pa.types.is_large_string(kind) or pa.types.is_large_binary(kind):
            length = pa.scalar(column.nbytes // max(1, len(column)), pa.int64())
        else:
            length = pa.scalar(8, pa.int64())
        total = pc.add(total, length)
    found: list[int] = total.to_pylist()
    return found


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
