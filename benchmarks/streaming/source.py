"""Part `source`: `format("cassandra")` against a plain cassandra-driver loop, and against the connector.

The same readings, all columns, into tables like `reading` and out again: as many `rows` with 25 in a
partition, and with one. The loop is what people write: a prepared INSERT, `execute_concurrent_with_args` with
128 in flight; a paged SELECT. Each contestant is a process of its own that is warm when it is measured; they
take turns, so that what else the machine does meets all of them, and medians count. Spark gets the rows from
a few Parquet files, on two task slots, with Cassandra on the same cores; reading ends in the `noop` sink.

The connector (spark-cassandra-connector 3.5.1, on Spark 3.5.7 in an environment of its own) takes part
where its jars and that environment can be had.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from msgspec import Struct
from rich.console import Console

from benchmarks.streaming import connector
from benchmarks.streaming.part import Options, Part
from benchmarks.streaming.rows import write_rows
from benchmarks.streaming.servers import Servers
from benchmarks.streaming.worker import Worker, worker
from storage.session import connect
from storage.settings import Cassandra
from telemetry.errors import FarmstreamError

__all__ = ["SourceFigures", "compare", "run"]

JOBS = ("write dense", "write sparse", "read")
FEW = 5
"""The loop writes a fifth of the rows: it has no fixed costs, and would take minutes."""
MANY = 4
"""A full scan reads as many times the rows, written by the source: Spark's fixed costs are in its time."""
_OURS = {"driver": "driver_loop", "source": "source_job"}
SHAPES = {"dense": 25, "sparse": 1}
"""Rows in a partition."""

_TABLE = """CREATE TABLE {} (
    sensor_id text, day date, date timestamp, boot int, seq int, field_id text, lon double, lat double,
    temperature double, humidity double, ph double, moisture double, faults frozen<map<text, text>>,
    gateway text, received timestamp, time_source text, late boolean,
    PRIMARY KEY ((sensor_id, day), date, boot, seq)
) WITH CLUSTERING ORDER BY (date DESC, boot DESC, seq DESC)"""


class SourceFigures(Struct, frozen=True, kw_only=True):
    """Rows/s: contestant → what (`write dense`, `write sparse`, `read`) → median of the rounds."""

    rows: int
    rows_per_s: dict[str, dict[str, float]]
    without_connector: str = ""


def run(servers: Servers, options: Options, console: Console) -> Part:
    """Measure all of them."""
    folder = servers.folder / "source"
    folder.mkdir()
    found: dict[str, dict[str, list[float]]] = {}
    table = _Rows(servers.tables, folder, options.rows)
    table.make()
    with _contestants(servers, folder, console, options) as (contestants, without):
        table.scanned(contestants["source"])
        for number in range(options.rounds + 1):  # the first is to warm up
            for contestant, what in _jobs(list(contestants.values()), number):
                rate = table.rate(contestant, what)
                console.print(
                    f"Round {number} of {options.rounds}: {what} by {contestant.name}, {rate:,.0f}/s"
                )
                if number:
                    found.setdefault(contestant.name, {}).setdefault(what, []).append(rate)
    rates = {name: {what: median(each) for what, each in jobs.items()} for name, jobs in found.items()}
    return _part(SourceFigures(rows=options.rows, rows_per_s=rates, without_connector=without))


def _part(found: SourceFigures) -> Part:
    rows = [(name, *(f"{rates[job]:,.0f}" for job in JOBS)) for name, rates in found.rows_per_s.items()]
    notes = (f"Without the connector: {found.without_connector}",) if found.without_connector else ()
    header = ("rows/s", *JOBS)
    return Part(figures=compare(found.rows_per_s), rows=[header, *rows], details=found, notes=notes)


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


def _jobs(contestants: Sequence[Worker], number: int) -> Iterator[tuple[Worker, str]]:
    order = contestants if number % 2 else list(reversed(contestants))
    for what in JOBS:
        for contestant in order:
            yield contestant, what


class _Rows:
    """The rows in files, and the tables that they go to."""

    def __init__(self, tables: Cassandra, folder: Path, rows: int) -> None:
        self._tables, self._folder, self._rows = tables, folder, rows

    def make(self) -> None:
        """Make the tables: the connector does not see at once one that is made after its own start."""
        with connect(self._tables) as session:
            for name in ("bench_read", *(f"bench_{shape}" for shape in SHAPES)):
                session.execute(_TABLE.format(self._tables.table(name)))

    def scanned(self, source: Worker) -> None:
        """Fill the table that is read."""
        self._empty("bench_read")
        files = self._files(SHAPES["dense"], self._rows * MANY)
        source.ask(job="write", table="bench_read", rows=str(files))

    def rate(self, contestant: Worker, what: str) -> float:
        """Rows/s of a job."""
        job, _, shape = what.partition(" ")
        if job == "read":
            return self._rows * MANY / float(contestant.ask(job=job, table="bench_read"))
        table = f"bench_{shape}"
        self._empty(table)
        rows = self._rows // FEW if contestant.name == "driver" else self._rows
        files = self._files(SHAPES[shape], rows)
        return rows / float(contestant.ask(job=job, table=table, rows=str(files)))

    def _files(self, each: int, rows: int) -> Path:
        folder = self._folder / f"{each}-{rows}"
        return folder if folder.exists() else write_rows(folder, rows, each)

    def _empty(self, name: str) -> None:
        with connect(self._tables) as session:
            session.execute(f"TRUNCATE {self._tables.table(name)}", timeout=60)


@contextmanager
def _contestants(
    servers: Servers, folder: Path, console: Console, options: Options
) -> Iterator[tuple[dict[str, Worker], str]]:
    """They run until the end of the block; and why the connector is not among them."""
    tables, without = servers.tables, "" if options.with_connector else "it was not asked for"
    place = [tables.host, str(tables.port), tables.keyspace]
    words = {name: [sys.executable, "-m", f"benchmarks.streaming.{job}"] for name, job in _OURS.items()}
    if options.with_connector:
        try:
            words["connector"] = connector.command(console)
        except FarmstreamError as why:
            without = str(why)
    env = {"JAVA_HOME": str(servers.java_home)}
    with ExitStack() as stack:
        yield (
            {
                name: stack.enter_context(worker(name, [*argv, *place], env, folder))
                for name, argv in words.items()
            },
            without,
        )
