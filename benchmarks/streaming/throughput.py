"""Part `throughput`: rows/s of each query that catches up with 300,000 readings in Kafka.

`parse` is the bare Kafka source with `from_json`, in the same JVM a minute before: the baseline. `ingest` is
`join` and `readings` side by side: from `sensor-data` through the check, the join with the master and topic
`joined-sensor-data` into tables `reading` and `reading_latest`, on task slots and cores that Kafka and
Cassandra share; what counts are the rows that are written to `reading`. Two shapes: `filling.DENSE` and
`filling.SPARSE`. A rate is that of the batches after the first, from end to end.
"""

import sys
from collections.abc import Iterator, Sequence
from time import monotonic

from msgspec import Struct
from rich.console import Console

from benchmarks.streaming.application import settings_file
from benchmarks.streaming.filling import DENSE, SPARSE, Shape, fill
from benchmarks.streaming.part import Options, Part
from benchmarks.streaming.servers import Servers
from benchmarks.streaming.worker import Worker, worker
from benchmarks.usage import Members, cpu_of, spark_members, used
from compose.local.processes import family
from telemetry.clock import utc_now
from telemetry.errors import FarmstreamError

__all__ = ["Case", "pace", "run"]

CASES: tuple[tuple[Shape, tuple[tuple[str, ...], ...]], ...] = (
    (
        DENSE,
        (
            ("parse",), ("join", "readings"), ("readings",), ("windows",), ("downsample",), ("silence",),
            ("alert-book",), ("quality",), ("join",),
        ),
    ),
    (SPARSE, (("parse",), ("join", "readings"), ("quality",))),
)  # fmt: skip
"""In this order: `join` fills the topic that those after it read, and by itself doubles it."""

_TIMES = 3
"""Readings for each of `Options.rows`: as many batches at least, of which the first does not count."""

_INGEST = "join + readings"


class Case(Struct, frozen=True, kw_only=True):
    """`of_baseline` is the share of `parse`'s rate; `us_cpu` by component, per row, over all batches.

    `batches` are rows, begin and seconds of each; `failed` says why there are none.
    """

    shape: str
    queries: str
    rows_per_s: float
    of_baseline: float
    us_cpu: dict[str, float]
    batches: list[tuple[int, float, float]]
    failed: str = ""


def run(servers: Servers, options: Options, console: Console) -> Part:
    """Measure all of them."""
    count, found = options.rows * _TIMES, []
    for shape, queries in CASES:
        console.print(f"{count:,} readings of {shape.sensors:,} sensors into Kafka")
        fill(servers.bootstrap, shape, count, utc_now())
        for case in _measured(servers, shape, queries, count):
            console.print(f"{case.shape}: {case.queries}, {case.rows_per_s:,.0f} rows/s")
            found.append(case)
    return _part(found)


def pace(batches: Sequence[tuple[int, float, float]]) -> float:
    """Rows/s of the batches after the first (rows, begin, seconds each), pauses between them included."""
    if len(batches) < 2:
        raise FarmstreamError("One batch is too few to tell a rate: measure more rows.")
    ends = [begin + seconds for _, begin, seconds in batches]
    return sum(rows for rows, *_ in batches[1:]) / (ends[-1] - ends[0])


def _measured(servers: Servers, shape: Shape, queries: Sequence[Sequence[str]], count: int) -> Iterator[Case]:
    kafka = {
        "bootstrap": servers.bootstrap,
        "topic_prefix": f"{shape.name}.",
        "max_offsets": min(shape.batch, count // _TIMES),
    }
    config = settings_file(servers, f"throughput-{shape.name}", kafka=kafka)
    argv = [sys.executable, "-m", "benchmarks.streaming.catch_up", str(config)]
    baseline = 0.0
    with worker(
        f"throughput-{shape.name}", argv, {"JAVA_HOME": str(servers.java_home)}, servers.folder
    ) as one:
        for names in queries:
            began, before = monotonic(), cpu_of(_members(servers, one))
            answer = one.ask(config=str(config), sensors=shape.sensors, queries=list(names))
            members = _members(servers, one)
            cores = used(members, before, cpu_of(members), seconds := monotonic() - began)
            rate = 0.0 if answer["failed"] else pace(answer["batches"])
            baseline = baseline or rate
            yield Case(
                shape=shape.name, queries=" + ".join(names), rows_per_s=round(rate), failed=answer["failed"],
                of_baseline=round(rate / baseline, 2), batches=answer["batches"],
                us_cpu={name: round(busy * seconds / count * 1e6, 1) for name, busy in cores.items()},
            )  # fmt: skip


def _members(servers: Servers, one: Worker) -> Members:
    return {name: family(pid) for name, pid in servers.pids.items()} | spark_members(one.pid)


def _part(found: Sequence[Case]) -> Part:
    names = list(found[0].us_cpu)
    header = ("readings", "query", "rows/s", "of parse", *(f"{name} µs" for name in names))
    rows = [
        (
            case.shape, case.queries, f"{case.rows_per_s:,.0f}", f"{case.of_baseline:.2f}",
            *(f"{case.us_cpu[name]:,.0f}" for name in names),
        )
        for case in found
    ]  # fmt: skip
    by_name = {(case.shape, case.queries): case.rows_per_s for case in found}
    figures = {
        "parse_rows_per_s": by_name["dense", "parse"],
        "ingest_rows_per_s": by_name["dense", _INGEST],
        "sparse_rows_per_s": by_name["sparse", _INGEST],
    }
    notes = tuple(f"{case.queries} failed: {case.failed}" for case in found if case.failed)
    return Part(figures=figures, rows=[header, *rows], details=list(found), notes=notes)
