"""The types of CQL, each with its Arrow type, and values between Arrow and cassandra-driver.

    text, ascii, uuid, timeuuid, inet   string          tinyint, smallint, int, bigint, counter   int8 … int64
    boolean, float, double              the same        blob                                      binary
    date; timestamp                     date32; µs UTC  time                 int64, nanoseconds of the day
    decimal; varint                     decimal(38, 18); decimal(38, 0)      vector<float, n>     list
    list, set; map                      list; map       tuple, user-defined  struct

`duration` has no counterpart: months, days and nanoseconds stand side by side in it.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import pyarrow as pa
from cassandra.util import Time

from storage.errors import SchemaMismatch

__all__ = ["Codec", "Fields", "codec", "quoted", "split"]

Fields = Mapping[str, tuple[tuple[str, str], ...]]
"""User-defined types of a keyspace: name → (field, CQL type)."""

Convert = Callable[[Any], Any] | None
"""None where the value is taken as it is; nulls never come."""


class Codec(NamedTuple):
    """`read` turns what the driver gives into what Arrow takes, `write` what Arrow gives back."""

    arrow: pa.DataType
    read: Convert = None
    write: Convert = None


_PLAIN = {
    **dict.fromkeys(("text", "varchar", "ascii"), Codec(pa.string())),
    **dict.fromkeys(("uuid", "timeuuid"), Codec(pa.string(), str, UUID)),
    "inet": Codec(pa.string(), str),
    "tinyint": Codec(pa.int8()),
    "smallint": Codec(pa.int16()),
    "int": Codec(pa.int32()),
    "bigint": Codec(pa.int64()),
    "counter": Codec(pa.int64()),
    "boolean": Codec(pa.bool_()),
    "float": Codec(pa.float32()),
    "double": Codec(pa.float64()),
    "blob": Codec(pa.binary()),
    "date": Codec(pa.date32(), lambda day: day.date()),
    "timestamp": Codec(pa.timestamp("us", "UTC")),
    "time": Codec(pa.int64(), lambda time: time.nanosecond_time, Time),
    "decimal": Codec(pa.decimal128(38, 18)),
    "varint": Codec(pa.decimal128(38, 0), Decimal, int),
}


def codec(cql: str, fields: Fields) -> Codec:
    """The codec of a CQL type as `system_schema.columns` writes it; SchemaMismatch where there is none."""
    outer, inner = split(cql)
    if outer in _PLAIN:
        return _PLAIN[outer]
    if outer == "frozen":
        return codec(inner[0], fields)
    if outer in ("list", "set", "vector"):
        return _items(codec(inner[0], fields))
    if outer == "map":
        return _map(codec(inner[0], fields), codec(inner[1], fields))
    if outer == "tuple":
        return _struct([(f"_{n}", codec(part, fields)) for n, part in enumerate(inner, start=1)])
    if outer in fields:
        return _struct([(name, codec(part, fields)) for name, part in fields[outer]])
    raise SchemaMismatch(
        f"Spark has no type for CQL's {outer}. Name the columns that you want in the option 'columns'."
    )


def quoted(name: str) -> str:
    """A column's name in CQL: as it is, whatever its letters and whatever CQL calls so itself."""
    return '"' + name.replace('"', '""') + '"'


def split(cql: str) -> tuple[str, list[str]]:
    """`map<text, frozen<list<int>>>` as `("map", ["text", "frozen<list<int>>"])`."""
    outer, _, rest = cql.partition("<")
    parts, depth = [""], 0
    for letter in rest[:-1]:
        depth += (letter == "<") - (letter == ">")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return outer, [part.strip() for part in parts if part]


def _each(convert: Convert, value: Any) -> Any:
    return value if convert is None or value is None else convert(value)


class _Pairs(list[tuple[Any, Any]]):
    """Pairs as the driver takes a map, whatever the keys are."""

    def items(self) -> Iterator[tuple[Any, Any]]:
        return iter(self)


def _items(item: Codec) -> Codec:
    return Codec(
        pa.list_(item.arrow),
        lambda values: [_each(item.read, value) for value in values],
        lambda values: [_each(item.write, value) for value in values],
    )


def _map(key: Codec, item: Codec) -> Codec:
    return Codec(
        pa.map_(key.arrow, item.arrow),
        lambda pairs: [(_each(key.read, k), _each(item.read, v)) for k, v in pairs.items()],
        lambda pairs: _Pairs((_each(key.write, k), _each(item.write, v)) for k, v in pairs),
    )


def _struct(parts: list[tuple[str, Codec]]) -> Codec:
    """The driver gives tuples with a value for each field, or fewer where fields were added later."""
    names, codecs = [name for name, _ in parts], [part for _, part in parts]

    def read(value: Any) -> dict[str, Any]:
        values = [*value, *[None] * (len(names) - len(value))]
        return {n: _each(c.read, v) for n, c, v in zip(names, codecs, values, strict=True)}

    def write(value: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(_each(c.write, v) for c, v in zip(codecs, value.values(), strict=True))

    return Codec(pa.struct([(name, part.arrow) for name, part in parts]), read, write)
