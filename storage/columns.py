"""Pages of rows as Arrow columns: numbers, dates and instants are never Python objects.

cassandra-driver can decode a page into NumPy arrays. It is told that instants, dates and times of day are
the whole numbers that they are on the wire, and the columns are made of these without a loop in Python:
1 µs a row of 16 columns, a third of what a page of tuples takes.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from cassandra import cqltypes, numpy_parser
from cassandra.protocol import NumpyProtocolHandler

from storage.cql import Codec
from storage.errors import SchemaMismatch

__all__ = ["HANDLER", "batch", "on_the_wire"]

HANDLER = NumpyProtocolHandler
"""For `Session.client_protocol_handler`: a page is then a dict of arrays."""

_NUMBERS = {
    cqltypes.DateType: cqltypes.LongType,  # the driver's name for timestamp: milliseconds since 1970
    cqltypes.SimpleDateType: cqltypes.Int32Type,  # days since 1970, above 2**31
    cqltypes.TimeType: cqltypes.LongType,  # nanoseconds
}
_EPOCH = 2**31


def _native(array: Any) -> Any:
    """As the driver's own, which calls what NumPy 2 no longer has."""
    return array if array.dtype.kind == "O" else array.byteswap().view(array.dtype.newbyteorder())


numpy_parser.make_native_byteorder = _native


def on_the_wire(metadata: list[Any]) -> list[Any]:
    """The metadata of a prepared SELECT, with numbers for what is a number on the wire."""
    return [(*place, _NUMBERS.get(kind, kind)) for *place, kind in metadata]


def batch(page: Mapping[str, Any], codecs: Mapping[str, Codec], schema: pa.Schema) -> pa.RecordBatch:
    """A page as a batch of `schema`; SchemaMismatch where a value does not fit Spark's type."""
    columns = []
    for field in schema:
        try:
            columns.append(_column(page[field.name], codecs[field.name], field.type))
        except (pa.ArrowInvalid, OverflowError, ValueError) as why:
            raise SchemaMismatch(
                f"Column '{field.name}' holds a value that is no {field.type} ({why}): leave it out, or give "
                f"a schema with a wider type."
            ) from why
    return pa.record_batch(columns, schema=schema)


def _column(values: Any, codec: Codec, wanted: pa.DataType) -> pa.Array:
    if values.dtype.kind == "O":
        read = codec.read
        objects = values if read is None else [None if v is None else read(v) for v in values]
        return pa.array(objects, wanted if pa.types.is_decimal(wanted) else codec.arrow).cast(wanted)
    numbers, mask = values.data, np.ma.getmaskarray(values)
    if pa.types.is_date(codec.arrow):
        numbers = ((numbers.astype(np.int64) & 0xFFFFFFFF) - _EPOCH).astype(np.int32)
    column = pa.array(numbers, mask=mask)
    if pa.types.is_timestamp(codec.arrow):
        column = column.cast(pa.timestamp("ms", "UTC"))
    return pc.cast(column, codec.arrow).cast(wanted)
