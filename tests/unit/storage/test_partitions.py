"""No partition grows over 100 MB: every table of the schema has its bound, and docs/storage.md says it."""

import re
from pathlib import Path

import pytest

from notebooks.analysis.labels import HORIZONS
from storage.latest import BUCKETS
from storage.resolutions import RESOLUTIONS
from telemetry.rejected import MAX_RAW
from tests.unit.storage.cql import columns, key, tables

LARGEST = 100.0
"""MB that Cassandra works well up to."""

A_DAY = {
    "reading": 86_400,  # one a second
    "field_window": 1440,  # one a minute
    "reading_hour_quality": 24,
    "prediction": 24 * len(HORIZONS),
    "alert": 10 * 10_000,  # ten of each of 10,000 boards
    **{each.table: 86_400 // each.seconds for each in RESOLUTIONS},
}
"""Rows that come into a partition in a day, at most."""

DAYS = {"day": 1, "month": 31, "year": 366, "decade": 3653}
BOUNDED = {
    "reading_latest": (["bucket"], 100_000 // BUCKETS),  # as many boards
    "history_part": (["history"], 24 * DAYS["decade"]),  # parts are whole hours
}
"""Without time in the key: the key as it is now, and what bounds the rows."""

SIZE = {"tinyint": 1, "boolean": 1, "int": 4, "date": 4, "float": 4, "double": 8, "bigint": 8, "timestamp": 8}
TEXT = {"quality_tests": 32, "alert_id": 32, "evidence": 400, "outline": 2000, "raw": MAX_RAW}
"""Other texts, names of fields and gateways and reasons, are 16 bytes here; maps are most often empty."""

PAGE = Path(__file__).parents[3] / "docs" / "storage.md"
LINE = re.compile(r"^\| `(\w+)` \| ([^|]+) \| ([\d,]+)[^|]*\| (\d+) \| ([\d.]+)", re.MULTILINE)
TOLD = {table: told for table, *told in LINE.findall(PAGE.read_text())}
"""Table → what a partition is, rows in it at most, bytes a row, MB."""


def partition(table: str) -> list[str]:
    return re.findall(r"\w+", key(table).split(")")[0])


def row_bytes(table: str) -> int:
    """Of the values that are not in the partition's key, 4 for each, and 20 for the row."""
    values = {name: kind for name, kind in columns(table).items() if name not in partition(table)}
    return 20 + sum(4 + SIZE.get(kind, TEXT.get(name, 16)) for name, kind in values.items())


def most_rows(table: str) -> int:
    """By the key: one where it has no clustering, else what comes in the time that a partition spans."""
    if "," not in key(table):
        return 1
    if table in BOUNDED:
        whole_key, rows = BOUNDED[table]
        assert partition(table) == whole_key
        return rows
    span = partition(table)[-1]
    if span == "period":
        span = next(each.by for each in RESOLUTIONS if each.table == table)
    return A_DAY[table] * DAYS[span]


@pytest.mark.parametrize("table", tables())
def test_every_table_has_small_partitions(table: str) -> None:
    assert most_rows(table) * row_bytes(table) / 1e6 < LARGEST


@pytest.mark.parametrize("table", TOLD)
def test_a_partition_is_as_small_as_the_page_says(table: str) -> None:
    _, rows, row, mb = TOLD[table]
    size = int(row)
    assert int(rows.replace(",", "")) == most_rows(table)
    assert size - 10 < row_bytes(table) <= size
    assert float(mb) == pytest.approx(most_rows(table) * size / 1e6, rel=0.1)


def test_the_page_has_all_tables_that_grow() -> None:
    assert TOLD.keys() == {table for table in tables() if most_rows(table) > 1}
