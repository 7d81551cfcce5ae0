"""Part `source`: `format("cassandra")` against a plain cassandra-driver loop, and against the connector.

The same readings, all columns, into tables like `reading` and out again: `ROWS` rows with 25 in a partition,
and with one. The loop is what people write: a prepared INSERT, `execute_concurrent_with_args` with 128 in
flight; a paged SELECT. Each contestant is a process of its own that is warm when it is measured; they take
turns, so that what else the machine does meets all of them, and medians count. Spark gets the rows from a
few Parquet files, on two task slots, with Cassandra on the same cores; reading ends in the `noop` sink.

The connector (spark-cassandra-connector 3.5.1, on Spark 3.5.7 in an environment of its own) takes part
where its jars and that environment can be had.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import IO

from msgspec import Struct
from rich.console import Console

from benchmarks.streaming import connector
from benchmarks.streaming.rows import write_rows
from storage.session import connect
from storage.settings import Cassandra
from telemetry.errors import FarmstreamError

__all__ = ["Contestant", "Plan", "SourceFigures", "compare", "run"]

ROWS = 100_000
ROUNDS = 3
SHAPES = {"dense": 25, "sparse": 1}
"""Rows in a partition."""

_TABLE = """CREATE TABLE IF NOT EXISTS {} (
    sensor_id text, day date, date timestamp, boot int, seq int, field_id text, lon double, lat double,
    temperature double, humidity double, ph double, moisture double, faults frozen<map<text, text>>,
    gateway text, received timestamp, time_source text, late boolean,
    PRIMARY KEY ((sensor_id, day), date, boot, seq)
) WITH CLUSTERING ORDER BY (date DESC, boot DESC, seq DESC)"""


class SourceFigures(Struct, frozen=True, kw_only=True):
    """Rows/s: contestant → what (`write dense`, `write sparse`, `read`) → median of the rounds."""

    rows: int
    rows_per_s: dict[str, dict[str, float]]
    figures: dict[str, float]
    without_connector: str = ""


class Contestant:
    """A process that does a job for each line it is given, and answers with seconds."""

    def __init__(self, name: str, argv: Sequence[str], env: dict[str, str], log: Path) -> None:
        self.name = name
        self._log: IO[bytes] = log.open("ab")
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=os.environ | env,
            text=True,
        )

    def seconds(self, job: str, table: str, rows: Path) -> float:
        """How long it took; FarmstreamError where it failed."""
        assert self._process.stdin  # noqa: S101 - both are pipes
        assert self._process.stdout  # noqa: S101
        self._process.stdin.write(json.dumps({"job": job, "table": table, "rows": str(rows)}) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("took "):
                return float(line.split()[1])
        raise FarmstreamError(f"The benchmark of {self.name} ended: see {self._log.name}.")

    def close(self) -> None:
        """End it."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


class Plan(Struct, frozen=True, kw_only=True):
    """How much is measured."""

    rows: int = ROWS
    rounds: int = ROUNDS
    with_connector: bool = True


_WHOLE = Plan()


def run(
    tables: Cassandra, java_home: Path, folder: Path, console: Console, plan: Plan = _WHOLE
) -> SourceFigures:
    """Measure all of them; `folder` takes rows and logs."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {shape: write_rows(folder / shape, plan.rows, each) for shape, each in SHAPES.items()}
    found: dict[str, dict[str, list[float]]] = {}
    with _contestants(tables, java_home, folder, console, plan) as (contestants, without):
        for number in range(plan.rounds + 1):  # the first is to warm up
            for contestant, what in _jobs(contestants, number):
                took = _do(tables, files, contestant, what)
                console.print(f"Round {number} of {plan.rounds}: {what} by {contestant.name}, {took:.1f} s")
                if number:
                    found.setdefault(contestant.name, {}).setdefault(what, []).append(plan.rows / took)
    means = {name: {what: median(each) for what, each in jobs.items()} for name, jobs in found.items()}
    return SourceFigures(rows=plan.rows, rows_per_s=means, figures=compare(means), without_connector=without)


def compare(rates: dict[str, dict[str, float]]) -> dict[str, float]:
    """The figures by their lasting names; writes against the driver at 25 rows in a partition."""
    ours, driver, other = rates["source"], rates["driver"], rates.get("connector")
    figures = {
        "write_vs_driver": ours["write dense"] / driver["write dense"],
        "write_sparse_vs_driver": ours["write sparse"] / driver["write sparse"],
        "read_vs_driver": ours["read"] / driver["read"],
    }
    if other:
        figures["write_vs_connector"] = ours["write dense"] / other["write dense"]
        figures["write_sparse_vs_connector"] = ours["write sparse"] / other["write sparse"]
        figures["read_vs_connector"] = ours["read"] / other["read"]
    return {name: round(value, 2) for name, value in figures.items()}


def _jobs(contestants: Sequence[Contestant], number: int) -> Iterator[tuple[Contestant, str]]:
    order = contestants if number % 2 else list(reversed(contestants))
    for what in ("write dense", "write sparse", "read"):
        for contestant in order:
            yield contestant, what


def _do(tables: Cassandra, files: dict[str, Path], contestant: Contestant, what: str) -> float:
    job, _, shape = what.partition(" ")
    table = f"bench_{shape or 'dense'}"
    with connect(tables) as session:
        session.execute(_TABLE.format(tables.table(table)))
        if job == "write":
            session.execute(f"TRUNCATE {tables.table(table)}", timeout=60)
    return contestant.seconds(job, table, files[shape or "dense"])


@contextmanager
def _contestants(
    tables: Cassandra, java_home: Path, folder: Path, console: Console, plan: Plan
) -> Iterator[tuple[list[Contestant], str]]:
    """They run until the end of the block; and why the connector is not among them."""
    place = [tables.host, str(tables.port), tables.keyspace]
    env = {"JAVA_HOME": str(java_home)}
    with ExitStack() as stack:

        def started(name: str, argv: Sequence[str]) -> Contestant:
            contestant = Contestant(name, argv, env, folder / f"{name}.log")
            stack.callback(contestant.close)
            return contestant

        found = [
            started("driver", [sys.executable, "-m", "benchmarks.streaming.driver_loop", *place]),
            started("source", [sys.executable, "-m", "benchmarks.streaming.source_job", *place]),
        ]
        without = "" if plan.with_connector else "it was not asked for"
        if plan.with_connector:
            try:
                found.append(started("connector", [*connector.command(console), *place]))
            except FarmstreamError as why:
                without = str(why)
        yield found, without
