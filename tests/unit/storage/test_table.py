"""Which Arrow types fit which CQL types."""

import pyarrow as pa
import pytest

from storage.errors import SchemaMismatch
from storage.table import Table, check, fits

COLUMNS = {"a": "text", "day": "date", "n": "int", "x": "double", "c": "counter", "d": "list<duration>"}
TABLE = Table("farm.t", COLUMNS, ("a", "day"), ("n",))
GOOD = {"a": pa.string(), "day": pa.date32(), "n": pa.int32(), "x": pa.float64()}


@pytest.mark.parametrize(
    ("cql", "kind"),
    [
        ("text", pa.large_string()),
        ("bigint", pa.int32()),
        ("int", pa.int16()),
        ("double", pa.float32()),
        ("double", pa.int32()),
        ("timestamp", pa.timestamp("us", "UTC")),
        ("blob", pa.binary()),
        ("frozen<map<text, text>>", pa.map_(pa.string(), pa.string())),
        ("list<frozen<tuple<double, double>>>", pa.list_(pa.struct({"x": pa.float64(), "y": pa.float64()}))),
        ("map<text, frozen<list<int>>>", pa.map_(pa.string(), pa.list_(pa.int32()))),
    ],
)
def test_fits(cql: str, kind: pa.DataType) -> None:
    assert fits(cql, kind)


@pytest.mark.parametrize(
    ("cql", "kind"),
    [
        ("int", pa.int64()),
        ("float", pa.float64()),
        ("double", pa.int64()),
        ("text", pa.int32()),
        ("timestamp", pa.int64()),
        ("date", pa.timestamp("us")),
        ("map<text, int>", pa.map_(pa.string(), pa.string())),
        ("tuple<int, text>", pa.struct({"a": pa.int32()})),
        ("duration", pa.duration("us")),
        ("counter", pa.int64()),
        ("time", pa.time64("ns")),
        ("varint", pa.decimal128(10, 2)),
        ("vector<float, 3>", pa.list_(pa.float64())),
        ("place", pa.struct({"lon": pa.float64()})),
    ],
)
def test_does_not_fit(cql: str, kind: pa.DataType) -> None:
    assert not fits(cql, kind)


def test_a_schema_that_fits() -> None:
    check(TABLE, pa.schema(GOOD))
    check(TABLE, pa.schema({name: kind for name, kind in GOOD.items() if name != "x"}))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"n": None}, "lack 'n', which is part of the key of farm.t"),
        ({"y": pa.int32()}, "farm.t has no column 'y'"),
        ({"c": pa.int64()}, "Column 'c' of farm.t is counter, which cannot .* UPDATE"),
        ({"d": pa.list_(pa.int64())}, "Column 'd' of farm.t is list<duration>, .* leave it out"),
        ({"x": pa.string()}, "Column 'x' of farm.t is double, but the rows hold string"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, pa.DataType], text: str) -> None:
    columns = {name: kind for name, kind in (GOOD | change).items() if kind is not None}
    with pytest.raises(SchemaMismatch, match=text):
        check(TABLE, pa.schema(columns))
