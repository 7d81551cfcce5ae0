"""`simulate --history`: past seasons of the simulated fleet, part by part, into the tables.

Each part is noted in table `history_part` once it is written, and not written again. A part that was cut
off is: every row is an upsert by key, so the tables end up the same.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from msgspec import Struct
from pyspark.sql import SparkSession
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from compose.local.master_data import add_missing
from firmware.simulator.errors import SimulatorError
from firmware.simulator.past import BEGIN_MS, Past
from firmware.simulator.settings import SimulatorSettings
from storage.days import Span
from storage.master import read_fields, read_sensors
from storage.migrate import migrate
from storage.session import Session, connect, plain_errors
from storage.settings import Cassandra
from streaming.master import Snapshot
from streaming.past import Part, records, write_part
from telemetry.clock import duration, from_epoch_ms, to_epoch_ms, utc_now

__all__ = ["Plan", "Told", "fill"]

OpenSpark = Callable[[], AbstractContextManager[SparkSession]]

_DAY = timedelta(days=1)
_READINGS = 20_000
"""In a part, about: some seconds of work, and what a small heap can hold."""


class Plan(Struct, frozen=True, kw_only=True):
    """`span` seconds up to `until`, which is by default when the fleet was put into the master."""

    fleet: SimulatorSettings
    span: float
    until: datetime | None = None
    window: str = "5m"
    slide: str = "1m"


class Told(Struct, frozen=True, kw_only=True):
    """What a run has done; `rows_per_s` counts readings, with their windows and downsampled rows written."""

    begins: datetime
    ends: datetime
    readings: int
    readings_there: int
    seconds: float
    rows_per_s: float | None


def fill(cassandra: Cassandra, plan: Plan, open_spark: OpenSpark, console: Console) -> Told:
    """Write what is not there yet; FarmstreamError says what is in the way."""
    past, started = Past(plan.fleet), utc_now()
    migrate(cassandra)
    with connect(cassandra) as session:
        done = _Done(session, cassandra, _name(plan))
        add_missing(cassandra, past.fleet, started)
        end = plan.until or _registered(session, cassandra, past)
        begin, end = _hour(end - timedelta(seconds=plan.span)), _hour(end)
        _check(begin, end, started)
        parts = list(_parts(begin, end, plan.fleet))
        left = [part for part in parts if part not in done.parts]
        if left:
            _write(
                _Work(cassandra, past, plan, _snapshot(session, cassandra)), left, done, open_spark, console
            )
    seconds = (utc_now() - started).total_seconds()
    written = sum(done.parts[part] for part in left)
    return Told(
        begins=begin, ends=end, readings=written,
        readings_there=sum(done.parts[part] for part in parts) - written,
        seconds=round(seconds, 1), rows_per_s=round(written / seconds, 1) if written else None,
    )  # fmt: skip


class _Work(NamedTuple):
    """What every part is made from."""

    cassandra: Cassandra
    past: Past
    plan: Plan
    snapshot: Snapshot

    def write(self, spark: SparkSession, begin: datetime, end: datetime) -> int:
        """One part; how many readings."""
        plan, beyond = self.plan, timedelta(seconds=duration(self.plan.window))
        stretch = self.past.part(to_epoch_ms(begin), to_epoch_ms(end + beyond))
        sent = records(spark, plan.fleet.boards, stretch.payloads)
        master = spark.createDataFrame(self.snapshot.table())
        fields = {field.field_id: field for field in self.snapshot.fields}
        return write_part(sent, master, fields, Part(begin, end, plan.window, plan.slide), self.cassandra)


def _write(work: _Work, left: list[Span], done: "_Done", open_spark: OpenSpark, console: Console) -> None:
    total = 0
    with _progress(console) as progress, open_spark() as spark:
        days = sum((part.until - part.since) / _DAY for part in left)
        task = progress.add_task("Past seasons", rows="", total=days)
        for part in left:
            readings = work.write(spark, *part)
            done.add(part, readings)
            total += readings
            progress.update(task, advance=(part.until - part.since) / _DAY, rows=f"{total:,} readings")


def _snapshot(session: Session, cassandra: Cassandra) -> Snapshot:
    return Snapshot(tuple(read_sensors(session, cassandra)), tuple(read_fields(session, cassandra)))


class _Done:
    """Which parts are in the tables, by table `history_part`: part → readings."""

    def __init__(self, session: Session, cassandra: Cassandra, name: str) -> None:
        self._session, self._cassandra, self._name = session, cassandra, name
        self._table = cassandra.table("history_part")
        select = f"SELECT begins, ends, readings FROM {self._table} WHERE history = ?"  # noqa: S608
        with plain_errors(cassandra):
            rows = session.execute(session.prepare(select), (name,))
            self.parts = {Span(_utc(row.begins), _utc(row.ends)): int(row.readings) for row in rows}

    def add(self, part: Span, readings: int) -> None:
        insert = f"INSERT INTO {self._table} (history, begins, ends, readings, done) VALUES (?, ?, ?, ?, ?)"  # noqa: S608
        with plain_errors(self._cassandra):
            row = (self._name, *part, readings, utc_now())
            self._session.execute(self._session.prepare(insert), row)
        self.parts[part] = readings


def _name(plan: Plan) -> str:
    fleet = plan.fleet
    faults = ",".join(f"{kind}={rate:g}" for kind, rate in sorted(fleet.faults.items()))
    named = (fleet.seed, fleet.id_prefix, fleet.boards, fleet.fields, f"{fleet.interval:g}s")
    return "/".join(map(str, (*named, faults, plan.window, plan.slide)))


def _registered(session: Session, cassandra: Cassandra, past: Past) -> datetime:
    """When the first board of the fleet came into the master: from then on it may have sent itself."""
    ours = {sensor.sensor_id for sensor in past.fleet.sensors()}
    with plain_errors(cassandra):
        rows = session.execute(f"SELECT sensor_id, registered FROM {cassandra.table('sensor')}")  # noqa: S608
        first: datetime = min(row.registered for row in rows if row.sensor_id in ours)
    return _utc(first)


def _utc(naive: datetime) -> datetime:
    """The driver's instants are UTC without saying so."""
    return naive.replace(tzinfo=UTC)


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _check(begin: datetime, end: datetime, now: datetime) -> None:
    if begin < from_epoch_ms(BEGIN_MS):
        raise SimulatorError(
            f"The past would begin on {begin:%Y-%m-%d}, and none goes back further than "
            f"{from_epoch_ms(BEGIN_MS):%Y-%m-%d}: take a shorter --history."
        )
    if end > now:
        raise SimulatorError(f"--until {end:%Y-%m-%dT%H:%MZ} lies in the future: a past ends by now.")
    if end <= begin:
        raise SimulatorError("A past is at least an hour long: take a longer --history.")


def _parts(begin: datetime, end: datetime, fleet: SimulatorSettings) -> Iterator[Span]:
    """Whole UTC days, as days are summed up as one; where they meet does not depend on where they begin."""
    days = max(1, round(_READINGS / (fleet.boards * 86_400 / fleet.interval)))
    size = days * _DAY
    edge = from_epoch_ms(BEGIN_MS) + (begin - from_epoch_ms(BEGIN_MS)) // size * size
    while edge < end:
        yield Span(max(begin, edge), min(edge + size, end))
        edge += size


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    more = (TextColumn("days  {task.fields[rows]}"), TimeRemainingColumn())
    return Progress(*columns, *more, console=console)
