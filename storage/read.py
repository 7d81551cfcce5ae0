"""A table, or some of its columns, as Arrow: what a notebook or script without Spark needs."""

import pyarrow as pa

from storage.cql import Codec, codec
from storage.errors import SchemaMismatch
from storage.loop import run
from storage.ring import parts, tokens
from storage.scan import Query, read_parts
from storage.session import connect
from storage.settings import Cassandra
from storage.table import Table, describe

__all__ = ["columns_of", "read_table"]


def read_table(settings: Cassandra, name: str, columns: str = "") -> pa.Table:
    """All rows of the table `name`, in no order; `columns` divided by commas, else all of them.

    SchemaMissing where there is no such table, SchemaMismatch where it has no such column, or a value does
    not fit its Arrow type. The whole of it must fit into memory.
    """
    table = run(describe(settings, name))
    query = Query(table, columns_of(table, columns))
    with connect(settings) as session:
        ring = tokens(session)
    return pa.Table.from_batches(read_parts(settings, query, parts(ring, 1)), query.schema)


def columns_of(table: Table, columns: str) -> pa.Schema:
    """Arrow schema of the columns named in `columns` (divided by commas), of all where it is empty."""
    names = [name.strip() for name in columns.split(",") if name.strip()] or list(table.columns)
    for name in names:
        if name not in table.columns:
            raise SchemaMismatch(f"{table.name} has no column '{name}': it has {', '.join(table.columns)}.")
    return pa.schema([(name, _codec(table, name).arrow) for name in names])


def _codec(table: Table, name: str) -> Codec:
    try:
        return codec(table.columns[name], table.fields)
    except SchemaMismatch as why:
        raise SchemaMismatch(f"Column '{name}' of {table.name} is {table.columns[name]}: {why}") from why
