"""What a table looks like, read from the server; and whether rows of an Arrow schema fit into it."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import acsylla
import pyarrow as pa
import pyarrow.types as arrow

from storage.cql import Fields, split
from storage.errors import SchemaMismatch, SchemaMissing
from storage.hot import insisting, session
from storage.settings import Cassandra

__all__ = ["Table", "check", "describe", "fits", "is_hot"]

_COLUMNS = (
    "SELECT column_name, type, kind, position FROM system_schema.columns "
    "WHERE keyspace_name = '{}' AND table_name = '{}'"
)
_TYPES = "SELECT type_name, field_names, field_types FROM system_schema.types WHERE keyspace_name = '{}'"
_HOT = {
    "bigint", "blob", "boolean", "date", "double", "float", "inet", "int", "smallint", "text",
    "timestamp", "timeuuid", "tinyint", "uuid",
}  # fmt: skip
_NONE: Fields = {}
_INTEGERS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Table(NamedTuple):
    """A table: CQL type of each column; the key columns, partition key first; user-defined types."""

    name: str
    columns: dict[str, str]
    partition_key: tuple[str, ...]
    clustering: tuple[str, ...]
    fields: Fields = _NONE

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
    fields: Fields = {}
    if not all(map(is_hot, types.values())):
        found = await insisting(settings, lambda: open_session.execute(_types_of(settings)))
        fields = {row[0]: tuple(zip(row[1], row[2], strict=True)) for row in (r.as_list() for r in found)}
    return Table(settings.table(name), types, parts["partition_key"], parts["clustering"], fields)


def _types_of(settings: Cassandra) -> Any:
    return acsylla.create_statement(_TYPES.format(settings.keyspace))


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
        cql = table.columns[column.name]
        if cql == "counter" or "duration" in re.findall(r"\w+", cql):
            raise SchemaMismatch(
                f"Column '{column.name}' of {table.name} is {cql}, which cannot be written from Spark: "
                f"{'count with an UPDATE' if cql == 'counter' else 'leave it out'}."
            )
        if not fits(cql, column.type, table.fields):
            raise SchemaMismatch(
                f"Column '{column.name}' of {table.name} is {cql}, "
                f"but the rows hold {column.type}: cast it (docs/cassandra-for-spark.md)."
            )


def fits(cql: str, kind: pa.DataType, fields: Fields | None = None) -> bool:
    """Whether every value of the Arrow type `kind` is a value of the CQL type, nothing cut off.

    `fields` are the user-defined types. Counters cannot be written, and nothing is a duration.
    """
    outer, inner = split(cql)
    if outer == "frozen":
        return fits(inner[0], kind, fields)
    if outer in ("list", "set", "vector"):
        return _is_list(kind) and fits(inner[0], kind.value_type, fields)
    if outer == "map":
        whole = arrow.is_map(kind) and fits(inner[0], kind.key_type, fields)
        return bool(whole and fits(inner[1], kind.item_type, fields))
    if outer == "tuple":
        return _fit_each([("", part) for part in inner], kind, fields)
    if fields and outer in fields:
        same = arrow.is_struct(kind) and [field.name for field in kind] == [n for n, _ in fields[outer]]
        return same and _fit_each(fields[outer], kind, fields)
    return _fits_plain(outer, kind)


def is_hot(cql: str) -> bool:
    """Whether acsylla binds and reads the type from plain values.

    Not decimal: acsylla 1.2 binds its digits' characters as the number's bytes. Nor ascii: cut off at a NUL.
    """
    outer, inner = split(cql)
    if outer in ("list", "set", "map", "tuple", "frozen"):
        return all(map(is_hot, inner))
    return outer in _HOT


def _fit_each(parts: Sequence[tuple[str, str]], kind: pa.DataType, fields: Fields | None) -> bool:
    same = arrow.is_struct(kind) and kind.num_fields == len(parts)
    return same and all(fits(cql, part.type, fields) for (_, cql), part in zip(parts, kind, strict=True))


def _fits_plain(cql: str, kind: pa.DataType) -> bool:
    if cql in _INTEGERS:
        return bool(arrow.is_signed_integer(kind)) and kind.bit_width <= _INTEGERS[cql]
    if cql == "double":
        return bool(arrow.is_floating(kind) or (arrow.is_signed_integer(kind) and kind.bit_width <= 32))
    if cql == "varint":
        return bool(arrow.is_signed_integer(kind) or (arrow.is_decimal(kind) and kind.scale == 0))
    tests = {
        **dict.fromkeys(("ascii", "text", "uuid", "timeuuid", "inet"), _is_text),
        "boolean": arrow.is_boolean,
        "float": arrow.is_float32,
        "blob": lambda given: arrow.is_binary(given) or arrow.is_large_binary(given),
        "date": arrow.is_date32,
        "timestamp": arrow.is_timestamp,
        "time": arrow.is_int64,
        "decimal": arrow.is_decimal,
    }
    return bool(cql in tests and tests[cql](kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(arrow.is_string(kind) or arrow.is_large_string(kind))


def _is_list(kind: pa.DataType) -> bool:
    return bool(arrow.is_list(kind) or arrow.is_large_list(kind))
