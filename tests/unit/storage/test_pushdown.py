"""Which conditions go to Cassandra."""

from datetime import UTC, date, datetime

import pytest

from storage.pushdown import MOST_KEYS, Condition, push
from storage.table import Table

TABLE = Table(
    "farm.reading",
    {"sensor_id": "text", "day": "date", "date": "timestamp", "boot": "int", "seq": "int", "u": "uuid"},
    ("sensor_id", "day"),
    ("date", "boot", "seq"),
)
DAY = date(2026, 3, 1)
KEY = [Condition("sensor_id", "=", "a"), Condition("day", "in", (DAY,))]
NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
CUT = NOON.replace(microsecond=123000)


def test_partitions_are_named_when_the_whole_key_is() -> None:
    assert push(TABLE, KEY) == ((("a", DAY),), ())
    both = [Condition("sensor_id", "in", ("a", "b", None)), Condition("sensor_id", "in", ("b", "c")), KEY[1]]
    assert push(TABLE, both).keys == (("b", DAY),)
    assert push(TABLE, KEY[:1]) == (None, ())
    many = [Condition("sensor_id", "in", tuple(map(str, range(MOST_KEYS + 1)))), KEY[1]]
    assert push(TABLE, many) == (None, ())


@pytest.mark.parametrize(
    ("conditions", "rows"),
    [
        ([("date", "=", NOON)], [("date", "=", CUT)]),
        ([("date", ">", NOON), ("date", "<", NOON)], [("date", ">=", CUT), ("date", "<=", CUT)]),
        ([("date", ">", NOON), ("date", ">=", CUT)], [("date", ">=", CUT)]),
        ([("date", "=", CUT), ("boot", ">", 1)], [("date", "=", CUT), ("boot", ">=", 1)]),
        ([("date", ">", CUT), ("boot", "=", 1)], [("date", ">=", CUT)]),
        ([("boot", "=", 1)], []),
        ([("date", "=", None)], []),
        ([("ph", "=", 1.0), ("u", "=", "x")], []),
    ],
)
def test_rows_are_bounded_by_the_first_clustering_columns(
    conditions: list[object], rows: list[object]
) -> None:
    pushed = push(TABLE, [*KEY, *(Condition(*c) for c in conditions)])  # type: ignore[misc]
    assert list(pushed.rows) == rows
    assert push(TABLE, [Condition(*c) for c in conditions]) == (None, ())  # type: ignore[misc]


def test_an_empty_key_is_no_partition() -> None:
    alone = TABLE._replace(partition_key=("sensor_id",))
    assert push(alone, [Condition("sensor_id", "=", "")]).keys == ()
