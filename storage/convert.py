"""Arrow columns as the Python values that the C++ driver binds."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as arrow

__all__ = ["rows", "values"]


def rows(batch: pa.RecordBatch) -> Iterator[list[Any]]:
    """The batch's rows, each a list of values in the order of its columns."""
    return map(list, zip(*(values(column) for column in batch.columns), strict=True))


def values(column: pa.Array) -> list[Any]:
    """The column's values; timestamps (UTC where they have no zone) as seconds, maps as dicts."""
    if arrow.is_timestamp(column.type):
        return _seconds(column)
    plain = column.to_pylist()
    shape = _shape(column.type)
    return [None if value is None else shape(value) for value in plain] if shape else plain


def _seconds(column: pa.Array) -> list[float | None]:
    """Seconds since 1970 whose thousandfold, cut off, is the millisecond.

    The driver multiplies and cuts; half a millisecond away from zero keeps rounding errors out of it.
    """
    whole = pc.floor_temporal(column, unit="millisecond").cast(pa.timestamp("ms", column.type.tz))
    milliseconds = whole.cast(pa.int64()).cast(pa.float64())
    half = pc.if_else(pc.less(milliseconds, 0.0), -0.5, 0.5)
    seconds: list[float | None] = pc.divide(pc.add(milliseconds, half), 1000.0).to_pylist()
    return seconds


def _shape(kind: pa.DataType) -> Callable[[Any], Any] | None:
    """How one value of a nested type becomes what the driver takes; None where it already is."""
    if arrow.is_map(kind):
        item = _shape(kind.item_type)
        return dict if item is None else lambda pairs: {key: _each(item, value) for key, value in pairs}
    if arrow.is_struct(kind):
        shapes = [_shape(field.type) for field in kind]
        return lambda fields: tuple(map(_each, shapes, fields.values()))
    if arrow.is_list(kind) or arrow.is_large_list(kind):
        item = _shape(kind.value_type)
        return item and (lambda items: [_each(item, value) for value in items])
    return None


def _each(shape: Callable[[Any], Any] | None, value: Any) -> Any:
    return value if shape is None or value is None else shape(value)
