"""Rows that would take the place of better ones are left out. No server."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.errors import SchemaMismatch
from storage.how import How
from storage.kept import greater_kept, without_lesser
from storage.settings import Cassandra

START = datetime(2026, 3, 1, tzinfo=UTC)
KEY = ("sensor_id", "start")
Counts = dict[int, int | None]


def table(counts: Counts, unit: str = "us", **more: pa.Array) -> pa.RecordBatch:
    """Minute → count, of sensor a."""
    starts = [START + timedelta(minutes=minute, microseconds=400) for minute in counts]
    cells = {
        "sensor_id": pa.array(["a"] * len(counts), pa.string()),
        "start": pa.array(starts, pa.timestamp("us", "UTC")).cast(pa.timestamp(unit, "UTC"), safe=False),
        "count": pa.array(list(counts.values()), pa.int32()),
    }
    return pa.record_batch(cells | more)


def counted(rows: pa.RecordBatch) -> Counts:
    minutes = [(at - START) // timedelta(minutes=1) for at in rows.column("start").to_pylist()]
    return dict(zip(minutes, rows.column("count").to_pylist(), strict=True))


@settings(deadline=None)
@given(
    st.dictionaries(st.integers(0, 30), st.integers(1, 5)),
    st.dictionaries(st.integers(0, 30), st.integers(1, 5)),
)
def test_a_row_stays_where_no_more_is_stored(rows: Counts, stored: Counts) -> None:
    there = pa.Table.from_batches([table(stored, "ms")])
    kept = counted(without_lesser(table(rows), there, KEY, "count"))
    assert kept == {at: count for at, count in rows.items() if (count or 0) >= (stored.get(at) or 0)}


def test_what_is_not_known_takes_no_place_of_what_is() -> None:
    there = pa.Table.from_batches([table({0: 1, 1: None}, "ms")])
    assert counted(without_lesser(table({0: None, 1: None, 2: None}), there, KEY, "count")) == {
        1: None,
        2: None,
    }


def test_nothing_is_asked_where_nothing_is_to_be() -> None:
    how, nowhere = How(keep_greater="count", keep_greater_where="old"), Cassandra(port=1)
    rows = table({0: 1, 1: 2}, old=pa.array([False, None]))
    [kept] = greater_kept(nowhere, "reading_1m", [rows], how)
    assert kept == rows.drop_columns(["old"])


def test_columns_that_are_not_there_are_named() -> None:
    for how, missing in (
        (How(keep_greater="n"), "'n'"),
        (How(keep_greater="count", keep_greater_where="w"), "'w'"),
    ):
        with pytest.raises(SchemaMismatch, match=f"no column {missing}"):
            list(greater_kept(Cassandra(port=1), "reading_1m", [table({0: 1})], how))
    with pytest.raises(ValueError, match="keep_greater_where needs keep_greater"):
        How(keep_greater_where="old")
