"""Arrow columns to what the driver binds."""

import math
from datetime import date

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.convert import rows, values


@settings(deadline=None)  # the first call imports
@given(st.integers(-62_000_000_000_000, 253_000_000_000_000))
def test_a_timestamp_is_its_millisecond_after_the_driver_cuts(ms: int) -> None:
    (seconds,) = values(pa.array([ms * 1000 + 999], pa.timestamp("us", "UTC")))
    assert math.trunc(seconds * 1000) == ms  # what the driver does


def test_units_of_timestamps() -> None:
    for unit, factor in (("s", 0.001), ("ms", 1), ("ns", 1_000_000)):
        (seconds, none) = values(pa.array([int(5000 * factor), None], pa.timestamp(unit)))
        assert (math.trunc(seconds * 1000), none) == (5000, None)


def test_nested_values() -> None:
    faults = pa.array([[("ph", "crc")], [], None], pa.map_(pa.string(), pa.string()))
    assert values(faults) == [{"ph": "crc"}, {}, None]
    corner = pa.struct({"lon": pa.float64(), "lat": pa.float64()})
    outline = pa.array([[{"lon": 1.0, "lat": 2.0}], None], pa.list_(corner))
    assert values(outline) == [[(1.0, 2.0)], None]
    lists = pa.array([[("a", [1, 2])]], pa.map_(pa.string(), pa.list_(pa.int32())))
    assert values(lists) == [{"a": [1, 2]}]


def test_rows_go_across_columns() -> None:
    batch = pa.record_batch({"a": ["x", "y"], "day": pa.array([date(2026, 1, 2), None]), "n": [1, 2]})
    assert list(rows(batch)) == [["x", date(2026, 1, 2), 1], ["y", None, 2]]
