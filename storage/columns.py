"""Pages of rows as Arrow columns: numbers, dates and instants are never Python objects.

cassandra-driver can decode a page into NumPy arrays. It is told that instants, dates and times of day are
the whole numbers that they are on the wire, and that collections and the like are bytes: of these, equal ones
are decoded once in a page. A row of numbers costs 1 µs, as against 10 for a row of tuples.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from cassandra import cqltypes, numpy_parser
from cassandra.protocol import NumpyProtocolHandler, ResultMessage

from storage.cql import Codec
from storage.errors import SchemaMismatch

__all__ = ["HANDLER", "Column", "batch"]

_NUMBERS = {
    cqltypes.DateType: cqltypes.LongType,  # the driver's name for timestamp: milliseconds since 1970
    cqltypes.SimpleDateType: cqltypes.Int32Type,  # days since 1970, above 2**31
    cqltypes.TimeType: cqltypes.LongType,  # nanoseconds
}
_EPOCH = 2**31


class Column(NamedTuple):
    """Its codec, and its type as the driver has it."""

    codec: Codec
    kind: Any


def _native(array: Any) -> Any:
    """As the driver's own, which calls what NumPy 2 no longer has."""
    return array if array.dtype.kind == "O" else array.byteswap().view(array.dtype.newbyteorder())


numpy_parser.make_native_byteorder = _native


def _on_the_wire(kind: Any) -> Any:
    return cqltypes.BytesType if _is_nested(kind) else _NUMBERS.get(kind, kind)


def _is_nested(kind: Any) -> bool:
    return issubclass(kind, cqltypes._ParameterizedType)


class _Page(NumpyProtocolHandler.message_types_by_opcode[ResultMessage.opcode]):  # type: ignore[misc]
    def recv_results_metadata(self, f: Any, user_type_map: Any) -> None:
        """As the server sends it with each page, and then as it is to be decoded."""
        super().recv_results_metadata(f, user_type_map)
        self.column_metadata = [(*place, _on_the_wire(kind)) for *place, kind in self.column_metadata or ()]  # type: ignore[has-type]


class HANDLER(NumpyProtocolHandler):  # type: ignore[misc]
    """For `Session.client_protocol_handler`: a page is then a dict of arrays."""

    message_types_by_opcode = NumpyProtocolHandler.message_types_by_opcode | {_Page.opcode: _Page}


def batch(
    page: Mapping[str, Any], columns: Mapping[str, Column], schema: pa.Schema, version: int
) -> pa.RecordBatch:
    """A page as a batch of `schema`; SchemaMismatch where a value does not fit Spark's type."""
    made = []
    for field in schema:
        try:
            made.append(_column(page[field.name], columns[field.name], field.type, version))
        except (pa.ArrowInvalid, OverflowError, ValueError) as why:
            raise SchemaMismatch(
                f"Column '{field.name}' holds a value that is no {field.type} ({why}): leave it out, or give "
                f"a schema with a wider type."
            ) from why
    return pa.record_batch(made, schema=schema)


def _column(values: Any, column: Column, wanted: pa.DataType, version: int) -> pa.Array:
    codec = column.codec
    if _is_nested(column.kind):
        return _nested(values, column, version).cast(wanted)
    if values.dtype.kind == "O":
        read = codec.read
        objects = values if read is None else [None if v is None else read(v) for v in values]
        return pa.array(objects, wanted if pa.types.is_decimal(wanted) else codec.arrow).cast(wanted)
    numbers, mask = values.data, np.ma.getmaskarray(values)
    if pa.types.is_date(codec.arrow):
        numbers = ((numbers.astype(np.int64) & 0xFFFFFFFF) - _EPOCH).astype(np.int32)
    made = pa.array(numbers, mask=mask)
    if pa.types.is_timestamp(codec.arrow):
        made = made.cast(pa.timestamp("ms", "UTC"))
    return pc.cast(made, codec.arrow).cast(wanted)


def _nested(values: Any, column: Column, version: int) -> pa.Array:
    """Equal values are decoded once: tags, faults and outlines hardly differ from row to row."""
    places: dict[bytes, int] = {}
    at = [None if raw is None else places.setdefault(raw, len(places)) for raw in values]
    read = column.codec.read
    decoded = (column.kind.from_binary(raw, version) for raw in places)
    different = [value if value is None or read is None else read(value) for value in decoded]
    return pa.array(different, column.codec.arrow).take(pa.array(at, pa.int32()))
