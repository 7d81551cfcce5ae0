"""The operator of query `quality` in Spark, from files to nowhere.

python -m benchmarks.streaming.quality_job, then a job a line: `{"folder", "sensors", "batch", "batches"}`;
the answer is a `Case` of `quality`. Readings come from files, so that nothing but reading them, the shuffle
by bucket, the operator with its RocksDB state and the way through Python is measured; the first batches
warm it up.
"""

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from benchmarks.streaming.worker import serve
from compose.local.processes import family, memory_mib
from streaming.quality.limits import Limits
from streaming.quality.processor import ARRIVED
from streaming.quality.query import bucket_folder, control_readings
from streaming.spark import Resources, spark_session
from telemetry.quantities import QUANTITIES

__all__ = ["main"]

_START = 1_780_000_000_000
_NAMES = [q.name for q in QUANTITIES]
_SCHEMA = (
    "offset LONG, id STRING, date LONG, boot INT, seq INT, lon DOUBLE, lat DOUBLE, "
    f"{', '.join(f'{name} DOUBLE' for name in _NAMES)}, parts INT"
)
_WARM = 3
"""Batches before those that count."""


def main() -> None:
    """Serve the jobs."""
    with spark_session(Resources()) as spark:
        serve(lambda job: _case(spark, Path(job["folder"]), job["sensors"], job["batch"], job["batches"]))


def _case(spark: SparkSession, folder: Path, sensors: int, batch: int, batches: int) -> dict[str, Any]:
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
    return {
        "sensors": sensors, "buckets": buckets, "rows_per_s": round(rows / seconds),
        "us_per_row": seconds / rows * 1e6, "checkpoint_mb": on_disk / 1e6, "processes_mb": memory,
    }  # fmt: skip


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


if __name__ == "__main__":
    main()
