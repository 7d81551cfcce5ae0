"""What a table looks like, read from the server; and whether rows of an Arrow schema fit into it."""

import re
from typing import NamedTuple

import acsylla
import pyarrow as pa
import pyarrow.types as arrow

from storage.errors import SchemaMismatch, SchemaMissing
from storage.hot import insisting, session
from storage.settings import Cassandra

__all__ = ["Table", "check", "describe", "fits"]

_COLUMNS = (
    "SELECT column_name, type, kind, position FROM system_schema.columns "
    "WHERE keyspace_name = '{}' AND table_name = '{}'"
)
_INTEGERS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Table(NamedTuple):
    """A table: CQL type of each column; the key columns, partition key first."""

    name: str
    columns: dict[str, str]
    partition_key: tuple[str, ...]
    clustering: tuple[str, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """The primary key."""
        return self.partition_key + self.clustering


async def describe(settings: Cassandra, name: str) -> Table:
    """The table `name` of the keyspace; SchemaMissing where there is none."""
    if not _NAME.fullmatch(name):
        raise SchemaMissing(f"'{name}' is no table's name: lower-case letters, digits and _ only.")
    open_session = await session(settings)
    statement = _COLUMNS.format(settings.keyspace, name)
    found = await insisting(settings, lambda: open_session.execute(acsylla.create_statement(statement)))
    rows = sorted((tuple(row.as_list()) for row in found), key=lambda row: row[3])
    if not rows:
        raise SchemaMissing(f"There is no table {settings.table(name)}: run `farmstream migrate`.")
    parts = {kind: tuple(r[0] for r in rows if r[2] == kind) for kind in ("partition_key", "clustering")}
    types = {column: cql for column, cql, _, _ in rows}
    return Table(settings.table(name), types, parts["partition_key"], parts["clustering"])


def check(table: Table, schema: pa.Schema) -> None:
    """SchemaMismatch, naming column and types, unless rows of `schema` can be written to `table`."""
    for column in table.key:
        if column not in schema.names:
            raise SchemaMismatch(
                f"The rows lack '{column}', which is part of the key of {table.name}: add it."
            )
    for column in schema:
        if column.name not in table.columns:
            raise SchemaMismatch(
                f"{table.name} has no column '{column.name}': leave it out, or add it with a migration "
                f"(it has {', '.join(table.columns)})."
            )
        if not fits(table.columns[column.name], column.type):
            raise SchemaMismatch(
                f"Column '{column.name}' of {table.name} is {table.columns[column.name]}, "
                f"but the rows hold {column.type}: cast it (docs/storage.md says what fits)."
            )


def fits(cql: str, kind: pa.DataType) -> bool:
    """Whether every value of the Arrow type `kind` is a value of the CQL type, nothing cut off.

    decimal never fits: acsylla 1.2 binds its digits' characters as the number's bytes. Nor does what it
    cannot bind from plain values: varint, time, duration, vector, counter, user-defined types.
    """
    outer, inner = _split(cql)
    if outer == "frozen":
        return fits(inner[0], kind)
    if outer in ("list", "set"):
        return bool(arrow.is_list(kind) or arrow.is_large_list(kind)) and fits(inner[0], kind.value_type)
    if outer == "map":
        return bool(arrow.is_map(kind)) and fits(inner[0], kind.key_type) and fits(inner[1], kind.item_type)
    if outer == "tuple":
        same = arrow.is_struct(kind) and kind.num_fields == len(inner)
        return same and all(fits(part, field.type) for part, field in zip(inner, kind, strict=True))
    return _fits_plain(outer, kind)


def _fits_plain(cql: str, kind: pa.DataType) -> bool:
    if cql in _INTEGERS:
        return bool(arrow.is_signed_integer(kind)) and kind.bit_width <= _INTEGERS[cql]
    if cql == "double":
        return bool(arrow.is_floating(kind) or (arrow.is_signed_integer(kind) and kind.bit_width <= 32))
    tests = {
        "ascii": _is_text,
        "text": _is_text,
        "uuid": _is_text,
        "timeuuid": _is_text,
        "inet": _is_text,
        "boolean": arrow.is_boolean,
        "float": arrow.is_float32,
        "blob": lambda given: arrow.is_binary(given) or arrow.is_large_binary(given),
        "date": arrow.is_date32,
        "timestamp": arrow.is_timestamp,
    }
    return bool(cql in tests and tests[cql](kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(arrow.is_string(kind) or arrow.is_large_string(kind))


def _split(cql: str) -> tuple[str, list[str]]:
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
