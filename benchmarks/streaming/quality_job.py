"""Throughput of the operator of query `quality`, dense and sparse, and its cost from 100 to 100,000 sensors.

Readings come from a table of files, so that nothing but reading them, the shuffle by bucket, the operator
with its RocksDB state and the way through Python is measured; the first batches warm it up.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct
from pyspark.sql import SparkSession
from rich.console import Console
from rich.table import Table

from compose.local.java import find_java, spark_java_home
from compose.local.processes import family, memory_mib
from streaming.quality.limits import Limits
from streaming.quality.processor import ARRIVED
from streaming.quality.query import bucket_folder, control_readings
from streaming.spark import Resources, spark_session
from telemetry.quantities import QUANTITIES

__all__ = ["Case", "QualityFigures", "run_quality", "show_quality"]

_START = 1_780_000_000_000
_NAMES = [q.name for q in QUANTITIES]
_SCHEMA = (
    "offset LONG, id STRING, date LONG, boot INT, seq INT, lon DOUBLE, lat DOUBLE, "
    f"{', '.join(f'{name} DOUBLE' for name in _NAMES)}, parts INT"
)
_WARM = 3
"""Batches before those that count."""


class Case(Struct, frozen=True, kw_only=True):
    """Batches of as many readings, of so many sensors; `processes_mb` is Spark with its Python workers."""

    sensors: int
    buckets: int
    rows_per_s: float
    us_per_row: float
    checkpoint_mb: float
    processes_mb: float


class QualityFigures(Struct, frozen=True, kw_only=True):
    """Dense: 1,000 sensors; sparse: one reading of each of 100,000; `scale`: cost of these to that of 100."""

    quality_rows_per_s: float
    quality_sparse_rows_per_s: float
    scale_100_to_100000: float
    cases: list[Case]


def run_quality(console: Console, batch: int = 100_000, batches: int = 5) -> QualityFigures:
    """Measure 100 to `batch` sensors; some three minutes."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="farmstream-quality-")))
        spark = stack.enter_context(_spark(folder))
        cases = []
        for sensors in (100, 1_000, 10_000, 100_000):
            console.print(f"{sensors:,} sensors, batches of {batch:,} readings")
            cases.append(_case(spark, folder / str(sensors), min(sensors, batch), batch, batches))
    return QualityFigures(
        quality_rows_per_s=cases[1].rows_per_s,
        quality_sparse_rows_per_s=cases[-1].rows_per_s,
        scale_100_to_100000=round(cases[-1].us_per_row / cases[0].us_per_row, 2),
        cases=cases,
    )


def show_quality(figures: QualityFigures, console: Console) -> None:
    """As a table."""
    titles = ("sensors", "buckets", "rows/s", "µs/row", "checkpoint MB", "memory MB")
    table = Table(*titles, title="Quality control of readings")
    for case in figures.cases:
        table.add_row(
            f"{case.sensors:,}", str(case.buckets), f"{case.rows_per_s:,.0f}", f"{case.us_per_row:.1f}",
            f"{case.checkpoint_mb:,.0f}", f"{case.processes_mb:,.0f}",
        )  # fmt: skip
    table.caption = f"cost per row, most sensors against 100: {figures.scale_100_to_100000}"
    console.print(table)


@contextmanager
def _spark(folder: Path) -> Iterator[SparkSession]:
    os.environ["JAVA_HOME"] = str(spark_java_home(find_java(), folder / "java"))
    with spark_session(Resources()) as spark:
        yield spark


def _case(spark: SparkSession, folder: Path, sensors: int, batch: int, batches: int) -> Case:
    for number in range(_WARM + batches):
        _write(folder / "in", number, sensors, batch)
    checkpoint, buckets = bucket_folder(folder / "checkpoint", sensors)
    source = spark.readStream.schema(_SCHEMA).option("maxFilesPerTrigger", 1).parquet(str(folder / "in"))
    told = control_readings(source.select(*ARRIVED), Limits(), "10m", buckets)
    writer = told.writeStream.format("noop").outputMode("update")
    query = writer.option("checkpointLocation", str(checkpoint)).trigger(availableNow=True).start()
    query.awaitTermination()
    done = [one for one in query.recentProgress if one["numInputRows"]][_WARM:]
    rows = sum(one["numInputRows"] for one in done)
    seconds = sum(one["durationMs"]["triggerExecution"] for one in done) / 1000
    on_disk = sum(path.stat().st_size for path in checkpoint.rglob("*") if path.is_file())
    memory = memory_mib(family(os.getpid()))
    shutil.rmtree(folder)
    return Case(
        sensors=sensors, buckets=buckets, rows_per_s=round(rows / seconds), us_per_row=seconds / rows * 1e6,
        checkpoint_mb=on_disk / 1e6, processes_mb=memory,
    )  # fmt: skip


def _write(folder: Path, number: int, sensors: int, batch: int) -> None:
    """A file with one batch: of each sensor every 10 s, or one reading every 10 min."""
    folder.mkdir(parents=True, exist_ok=True)
    noise, each = np.random.default_rng(number), batch // sensors
    seq = number * each + np.repeat(np.arange(each), sensors)
    interval = 10_000 if each > 1 else 600_000
    size = each * sensors
    columns = {
        "offset": np.arange(size) + number * size,
        "id": np.tile(np.array([f"sensor-{i}" for i in range(sensors)]), each),
        "date": _START + seq * interval,
        "boot": np.zeros(size, np.int32),
        "seq": seq.astype(np.int32),
        "lon": np.full(size, 139.36),
        "lat": np.full(size, 35.33),
    }
    columns |= {name: noise.normal(20, 0.1, size).round(2) for name in _NAMES}
    columns["parts"] = np.full(size, len(_NAMES), np.int32)
    pq.write_table(pa.table(columns), folder / f"{number:05}.parquet")
