"""The benchmark of the Cassandra source: its rows, and its figures."""

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.streaming.rows import write_rows
from benchmarks.streaming.source import SHAPES, compare

OURS = {"write dense": 9000.0, "write sparse": 6000.0, "read": 50_000.0}
DRIVER = {"write dense": 3000.0, "write sparse": 2000.0, "read": 20_000.0}


def test_partitions_hold_as_many_rows_as_they_are_to(tmp_path: Path) -> None:
    for shape, each in SHAPES.items():
        table = pq.read_table(write_rows(tmp_path / shape, 1000, each))
        partitions = Counter(zip(table["sensor_id"].to_pylist(), table["day"].to_pylist(), strict=True))
        assert set(partitions.values()) == {each}
        assert table.num_rows == 1000
        keys = zip(*(table[name].to_pylist() for name in ("sensor_id", "date", "seq")), strict=True)
        assert len(set(keys)) == 1000


def test_figures_are_ratios_of_the_medians() -> None:
    rates = {"source": OURS, "driver": DRIVER}
    assert compare(rates) == {
        "write_vs_driver": 3.0, "write_sparse_vs_driver": 3.0, "read_vs_driver": 2.5,
    }  # fmt: skip
    with_connector = compare(
        rates | {"connector": {"write dense": 6000.0, "write sparse": 6000.0, "read": 1e5}}
    )
    assert with_connector["write_vs_connector"] == 1.5
    assert with_connector["write_sparse_vs_connector"] == 1.0
    assert with_connector["read_vs_connector"] == 0.5
