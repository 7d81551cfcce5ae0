"""Readings for the benchmarks of tables, in Parquet files: all columns of table `reading`."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["write_rows"]

PARTS = 4
"""Files: Spark makes a task of each."""

START = datetime(2026, 3, 1, tzinfo=UTC)


def write_rows(folder: Path, rows: int, each: int) -> Path:
    """`rows` readings of one day with `each` of them in a partition, in the order in which they come."""
    chance, number = np.random.default_rng(7), np.arange(rows)
    sensors = max(1, rows // each)
    seconds = number // sensors * (86_400 // each) if each > 1 else number % 86_400
    date = pa.array(int(START.timestamp()) * 10**6 + seconds * 10**6, pa.timestamp("us", "UTC"))
    values = {
        name: np.round(chance.uniform(low, high, rows), 2)
        for name, low, high in (
            ("temperature", -5, 35), ("humidity", 20, 100), ("ph", 5, 8), ("moisture", 5, 45),
        )
    }  # fmt: skip
    table = pa.table(
        {
            "sensor_id": pa.array([f"205{n % sensors:06}" for n in range(rows)]),
            "day": date.cast(pa.date32()),
            "date": date,
            "boot": pa.array([1] * rows, pa.int32()),
            "seq": pa.array(number, pa.int32()),
            "field_id": pa.array([f"field-{n % 20}" for n in range(rows)]),
            "lon": pa.array([139.36] * rows),
            "lat": pa.array([35.33] * rows),
            **values,
            "faults": pa.array([[]] * rows, pa.map_(pa.string(), pa.string())),
            "gateway": pa.array(["gateway-1"] * rows),
            "received": date,
            "time_source": pa.array(["board"] * rows),
            "late": pa.array([False] * rows),
        }
    )
    folder.mkdir()
    for part in range(PARTS):
        begin, end = rows * part // PARTS, rows * (part + 1) // PARTS
        pq.write_table(table.slice(begin, end - begin), folder / f"{part}.parquet")
    return folder
