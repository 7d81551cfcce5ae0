"""Part `quality`: rows/s of the operator of query `quality`, and its cost from 100 to 100,000 sensors.

Dense: 1,000 sensors; sparse: one reading of each of 100,000 in a batch. State and memory are told for each
number of sensors: `quality_job` is the process under test.
"""

import sys
from collections.abc import Sequence

import msgspec
from msgspec import Struct
from rich.console import Console

from benchmarks.streaming.part import Options, Part
from benchmarks.streaming.servers import Servers
from benchmarks.streaming.worker import worker

__all__ = ["Case", "run", "told"]

_SENSORS = (100, 1_000, 10_000, 100_000)
_BATCHES = 5


class Case(Struct, frozen=True, kw_only=True):
    """Batches of as many readings, of so many sensors; `processes_mb` is Spark with its Python workers."""

    sensors: int
    buckets: int
    rows_per_s: float
    us_per_row: float
    checkpoint_mb: float
    processes_mb: float


def run(servers: Servers, options: Options, console: Console) -> Part:
    """Measure 100 sensors, and up to one for each reading of a batch; some three minutes."""
    argv, env = (
        [sys.executable, "-m", "benchmarks.streaming.quality_job"],
        {"JAVA_HOME": str(servers.java_home)},
    )
    cases, batch = [], options.rows
    with worker("quality", argv, env, servers.folder) as one:
        for sensors in _SENSORS:
            console.print(f"{sensors:,} sensors, batches of {batch:,} readings")
            folder = str(servers.folder / f"quality-{sensors}")
            answer = one.ask(folder=folder, sensors=min(sensors, batch), batch=batch, batches=_BATCHES)
            cases.append(msgspec.convert(answer, Case))
    return told(cases)


def told(cases: Sequence[Case]) -> Part:
    """The figures of cases from the fewest sensors to the most."""
    header = ("sensors", "buckets", "rows/s", "µs/row", "checkpoint MB", "memory MiB")
    rows = [
        (
            f"{case.sensors:,}", str(case.buckets), f"{case.rows_per_s:,.0f}", f"{case.us_per_row:.1f}",
            f"{case.checkpoint_mb:,.0f}", f"{case.processes_mb:,.0f}",
        )
        for case in cases
    ]  # fmt: skip
    figures = {
        "quality_rows_per_s": cases[1].rows_per_s,
        "quality_sparse_rows_per_s": cases[-1].rows_per_s,
        "scale_100_to_100000": round(cases[-1].us_per_row / cases[0].us_per_row, 2),
    }
    return Part(figures=figures, rows=[header, *rows], details=list(cases))
