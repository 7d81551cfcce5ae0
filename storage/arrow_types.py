"""Arrow columns from rows of cassandra-driver: the type of each CQL type, and its values."""

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

__all__ = ["arrow_type", "column"]

_TYPES = {
    "varchar": pa.string(),
    "int": pa.int32(),
    "tinyint": pa.int8(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "float": pa.float32(),
    "double": pa.float64(),
    "blob": pa.binary(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("ms", "UTC"),
    "map<varchar, varchar>": pa.map_(pa.string(), pa.string()),
}
"""By the driver's names; text is varchar to it."""

_PLAIN: dict[str, Callable[[Any], Any]] = {
    "date": lambda given: given.date(),
    "map<varchar, varchar>": lambda given: list(given.items()),
}
"""What the driver gives in classes of its own, as Arrow takes it."""


def arrow_type(cql: str) -> pa.DataType:
    """The Arrow type of a CQL type of our tables, instants as milliseconds in UTC; KeyError for others."""
    return _TYPES[cql]


def column(cql: str, values: Sequence[Any]) -> pa.Array:
    """Values as the driver gives them (naive datetimes are UTC) as an Arrow array."""
    plain = _PLAIN.get(cql)
    if plain is not None:
        values = [None if value is None else plain(value) for value in values]
    return pa.array(values, arrow_type(cql))
