"""No partition grows over 100 MB: by the columns of the tables, and as docs/storage.md says."""

import re
from pathlib import Path

import pytest

from tests.unit.storage.cql import columns, key

LARGEST = 100.0
"""MB that Cassandra works well up to."""

SIZE = {"tinyint": 1, "boolean": 1, "int": 4, "date": 4, "float": 4, "double": 8, "bigint": 8, "timestamp": 8}
TEXT = {"quality_tests": 32}
"""Other texts, names of fields and gateways and reasons, are 16 bytes here; maps are most often empty."""

PAGE = Path(__file__).parents[3] / "docs" / "storage.md"
LINE = re.compile(
    r"^\| (`reading\w*`|`field_window`) \| ([^|]+) \| ([\d,]+)[^|]*\| (\d+) \| ([\d.]+)", re.MULTILINE
)
TOLD = LINE.findall(PAGE.read_text())
"""Table, what a partition is, rows in it at most, bytes a row, MB."""


def row_bytes(table: str) -> int:
    """Of the values that are not in the partition's key, 4 for each, and 20 for the row."""
    partition = re.findall(r"\w+", key(table).split(")")[0])
    values = {name: kind for name, kind in columns(table).items() if name not in partition}
    return 20 + sum(4 + SIZE.get(kind, TEXT.get(name, 16)) for name, kind in values.items())


@pytest.mark.parametrize("told", TOLD, ids=lambda told: told[0].strip("`"))
def test_a_partition_is_as_small_as_the_page_says(told: tuple[str, ...]) -> None:
    table, _, rows, row, mb = told
    size = int(row)
    assert size - 10 < row_bytes(table.strip("`")) <= size
    assert float(mb) == pytest.approx(int(rows.replace(",", "")) * size / 1e6, rel=0.1)
    assert float(mb) < LARGEST


def test_the_page_has_all_tables_that_grow() -> None:
    assert len(TOLD) == 6
