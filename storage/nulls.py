"""Nulls inside lists, sets and maps: Cassandra has no place for them, and drivers write all sorts instead."""

import pyarrow as pa
import pyarrow.types as arrow

from storage.errors import SchemaMismatch

__all__ = ["refuse_nulls"]


def refuse_nulls(batch: pa.RecordBatch) -> None:
    """SchemaMismatch, naming the column, where one stands in a list, set or map, however deep."""
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if _has_some(column):
            raise SchemaMismatch(
                f"Column '{name}' holds a list, set or map with a null in it, which Cassandra cannot keep: "
                f"leave it out (in Spark: `array_compact`, `map_filter`)."
            )


def _has_some(column: pa.Array) -> bool:
    kind = column.type
    if arrow.is_struct(kind):
        return any(_has_some(column.field(n)) for n in range(kind.num_fields))
    if arrow.is_map(kind):
        first, last = column.offsets[0].as_py(), column.offsets[-1].as_py()  # of this slice alone
        return any(_is_gap(part.slice(first, last - first)) for part in (column.keys, column.items))
    return (arrow.is_list(kind) or arrow.is_large_list(kind)) and _is_gap(column.flatten())


def _is_gap(items: pa.Array) -> bool:
    return items.null_count > 0 or _has_some(items)
