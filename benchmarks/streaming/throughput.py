"""Part `throughput`: rows/s of each query that catches up with 300,000 readings in Kafka.

`parse` is the bare Kafka source with `from_json`, the baseline. `ingest` is `join` and `readings` side by
side: from `sensor-data` through the check, the join with the master and topic `joined-sensor-data` into
tables `reading` and `reading_latest`, on task slots and cores that Kafka and Cassandra share; what counts are
the rows that are written to `reading`. Two shapes: `filling.DENSE` and `filling.SPARSE`. All is done in one
JVM, so that the later ones find it warm, and Cassandra too; a rate is that of the batches after the first.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from msgspec import Struct
from rich.console import Console

from benchmarks.streaming.application import settings_file
from benchmarks.streaming.filling import DENSE, SPARSE, Shape, fill, readings, refusals
from benchmarks.streaming.part import Options, Part
from benchmarks.streaming.servers import Servers
from benchmarks.streaming.worker import Worker, worker
from benchmarks.usage import cpu_of, used
from telemetry.clock import utc_now
from telemetry.errors import FarmstreamError
from telemetry.topics import READINGS, REJECTED

__all__ = ["Case", "pace", "run"]

CASES: tuple[tuple[str, Shape, tuple[tuple[str, ...], ...]], ...] = (
    (
        "each",
        DENSE,
        (
            ("join",), ("readings",), ("windows",), ("downsample",), ("silence",), ("alert-book",),
            ("quality",), ("hourly",),
        ),
    ),
    ("refused", DENSE, (("rejected",),)),
    ("dense", DENSE, (("parse",), ("join", "readings"))),
    ("sparse", SPARSE, (("parse",), ("join", "readings"), ("quality",))),
)  # fmt: skip
"""Topics of their own, which `join` fills for those that come after it. The first ones warm up the others.
`refused` is filled with rejected records instead of readings."""

_TIMES = 3
"""Readings for each of `Options.rows`: as many batches at least, of which the first does not count."""

_INGEST = "join + readings"


class Case(Struct, frozen=True, kw_only=True):
    """`us_cpu` by component, per row, over all batches; `batches` are rows, begin and seconds of each.

    `failed` says why there are none.
    """

    topics: str
    queries: str
    rows_per_s: float
    us_cpu: dict[str, float]
    batches: list[tuple[int, float, float]]
    failed: str = ""


def run(servers: Servers, options: Options, console: Console) -> Part:
    """Measure all of them."""
    count, found = options.rows * _TIMES, []
    config = _settings(servers, "each", DENSE, count)
    argv = [sys.executable, "-m", "benchmarks.streaming.catch_up", str(config)]
    with worker("throughput", argv, {"JAVA_HOME": str(servers.java_home)}, servers.folder) as one:
        for topics, shape, queries in CASES:
            console.print(f"{count:,} readings of {shape.sensors:,} sensors into Kafka")
            _fill(servers, topics, shape, count)
            if topics != "each":
                config = _settings(servers, topics, shape, count)
            for names in queries:
                job = {"config": str(config), "sensors": shape.sensors, "queries": list(names)}
                found.append(_case(servers, one, topics, job, count))
                console.print(f"{topics}: {found[-1].queries}, {found[-1].rows_per_s:,.0f} rows/s")
    return _part(found)


def pace(batches: Sequence[tuple[int, float, float]]) -> float:
    """Rows/s of the batches after the first (rows, begin, seconds each), pauses between them included."""
    if len(batches) < 2:
        raise FarmstreamError("One batch is too few to tell a rate: measure more rows.")
    ends = [begin + seconds for _, begin, seconds in batches]
    return sum(rows for rows, *_ in batches[1:]) / (ends[-1] - ends[0])


def _fill(servers: Servers, topics: str, shape: Shape, count: int) -> None:
    if topics == "refused":
        fill(servers.bootstrap, topics, REJECTED, refusals(count, utc_now()))
    else:
        fill(servers.bootstrap, topics, READINGS, readings(shape, count, utc_now()))


def _settings(servers: Servers, topics: str, shape: Shape, count: int) -> Path:
    kafka = {
        "bootstrap": servers.bootstrap, "topic_prefix": f"{topics}.",
        "max_offsets": min(shape.batch, count // _TIMES),
    }  # fmt: skip
    return settings_file(servers, f"throughput-{topics}", kafka=kafka)


def _case(servers: Servers, one: Worker, topics: str, job: dict[str, Any], count: int) -> Case:
    began, before = monotonic(), cpu_of(servers.members(one.pid))
    answer = one.ask(**job)
    members = servers.members(one.pid)
    cores = used(members, before, cpu_of(members), seconds := monotonic() - began)
    return Case(
        topics=topics, queries=" + ".join(job["queries"]), failed=answer["failed"], batches=answer["batches"],
        rows_per_s=0.0 if answer["failed"] else round(pace(answer["batches"])),
        us_cpu={name: round(busy * seconds / count * 1e6, 1) for name, busy in cores.items()},
    )  # fmt: skip


def _part(found: Sequence[Case]) -> Part:
    names = list(found[0].us_cpu)
    header = ("topics", "query", "rows/s", "of parse", *(f"{name} µs" for name in names))
    by_name = {(case.topics, case.queries): case.rows_per_s for case in found}
    parse = {topics: by_name["sparse" if topics == "sparse" else "dense", "parse"] for topics, *_ in CASES}
    rows = [
        (
            case.topics, case.queries, f"{case.rows_per_s:,.0f}",
            _share(case.rows_per_s, parse[case.topics]),
            *(f"{case.us_cpu[name]:,.0f}" for name in names),
        )
        for case in found
    ]  # fmt: skip
    figures = {
        "parse_rows_per_s": by_name["dense", "parse"],
        "ingest_rows_per_s": by_name["dense", _INGEST],
        "sparse_rows_per_s": by_name["sparse", _INGEST],
    }
    notes = tuple(f"{case.queries} failed: {case.failed}" for case in found if case.failed)
    return Part(figures=figures, rows=[header, *rows], details=list(found), notes=notes)


def _share(rate: float, of_parse: float) -> str:
    """Nothing where `parse` itself failed, which a note says."""
    return f"{rate / of_parse:.2f}" if of_parse else "–"
