"""`farmstream bench pipeline`: from an empty home to a loaded pipeline and back, in some nine minutes."""

import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from types import FrameType
from typing import NamedTuple

from msgspec import Struct
from rich.console import Console

from benchmarks.analysis import load_figures
from benchmarks.load import fleet
from benchmarks.machine import this_machine
from benchmarks.phases import Held, Say, Step, drain, hold, search
from benchmarks.report import Report, missed
from benchmarks.rig import Rig, broker_name, started
from benchmarks.trace import trace_of
from benchmarks.usage import memory_kind
from compose.local.home import Home
from compose.local.jars import require_jars
from compose.local.java import find_java
from compose.local.toml import write_toml
from telemetry.errors import FarmstreamError

__all__ = ["Plan", "run_pipeline"]

_SHARE = 0.95
"""Of the limit found under a flood: what is held for the measurement, so that its backlog can stay."""


class Plan(Struct, frozen=True, kw_only=True):
    """`rate` is held instead of the limit that would be looked for; spans are seconds.

    `queries` of the streaming application run, all where there are none named.
    """

    boards: int = 200
    queries: tuple[str, ...] = ()
    rate: float | None = None
    duration: float = 60.0
    search: float = 240.0
    settle: float = 15.0
    half: float = 25.0


class _Times(NamedTuple):
    """Seconds: to fetch jars, of the first `up` with that, from the second one to a reading in Cassandra."""

    fetched: float
    setup: float
    first: float


class _Loads(Struct):
    """What the pipeline was loaded with, and whether all of it arrived in time."""

    limit: float
    full: Held
    half: Held
    manifests: list[Path]


def run_pipeline(plan: Plan, console: Console) -> Report:
    """Run all of it in a home of its own; `console` shows how far it is.

    The home is gone afterwards, unless something failed: then its logs may say why.
    """
    with _ended_in_order(), _own_home(plan.queries) as home, console.status("") as shown:

        def say(text: str) -> None:
            shown.update(f"{text} …")

        say("Fetching what is missing")
        clock = time.monotonic()
        require_jars(find_java())
        fetched = time.monotonic() - clock
        say("The first `up`, in an empty home")
        with started(home) as rig:
            setup = fetched + rig.took
        say("The second `up`, up to the first reading in Cassandra")
        with started(home) as rig:
            times = _Times(fetched, setup, rig.first_reading())
            loads = _load(rig, plan, say)
            say("Following the readings")
            return _report(rig, plan, loads, times)


@contextmanager
def _own_home(queries: tuple[str, ...]) -> Iterator[Home]:
    folder = Path(mkdtemp(prefix="farmstream-bench-"))
    home = Home(folder).make()
    if queries:
        write_toml(home.settings, {"streaming": {"queries": list(queries)}})
    try:
        yield home
    except FarmstreamError as why:
        raise FarmstreamError(f"{why} (its logs are in {folder / 'logs'})") from why
    except KeyboardInterrupt:
        shutil.rmtree(folder)
        raise
    shutil.rmtree(folder)


def _load(rig: Rig, plan: Plan, say: Say) -> _Loads:
    rig.add_boards(plan.boards)
    manifests = []
    if plan.rate is None:
        limit, flood = search(rig, plan.boards, plan.search, say)
        manifests.append(flood)
        _drained(rig, say)
    else:
        limit = plan.rate / _SHARE
    rate = limit * _SHARE
    full = hold(rig, plan.boards, Step("full", rate, plan.settle, plan.duration), say)
    _drained(rig, say)
    half = hold(rig, plan.boards, Step("half", rate / 2, plan.settle / 2, plan.half), say)
    _drained(rig, say)
    return _Loads(limit, full, half, [*manifests, full.manifest, half.manifest])


def _drained(rig: Rig, say: Say) -> None:
    if not drain(rig, say):
        raise FarmstreamError(
            "The pipeline has come to a halt: readings that the gateway took are not in Cassandra, "
            "or in no window, after two minutes."
        )


def _report(rig: Rig, plan: Plan, loads: _Loads, times: _Times) -> Report:
    sensors = [sensor.sensor_id for sensor in fleet(plan.boards).sensors()]
    trace = trace_of(rig.kafka, rig.cassandra, loads.manifests, sensors)
    full, half = load_figures(trace, loads.full), load_figures(trace, loads.half)
    way = full.latency["board to Cassandra"]
    memory = loads.full.memory
    figures = {
        "readings_per_s": full.readings_per_s,
        "rss_mib_total": round(sum(memory.values()), 1),
        "warm_first_reading_s": round(times.first, 2),
    }
    return Report(
        **figures,
        latency_p50_ms=way.p50_ms if way else 0.0,
        latency_p99_ms=way.p99_ms if way else 0.0,
        setup_s=round(times.setup, 2),
        broker=broker_name(),
        memory=memory_kind(),
        jars_s=round(times.fetched, 2),
        boards=plan.boards,
        sent=len(trace.sent),
        lost=len(trace.sent.keys() - trace.stored.keys()),
        limit_per_s=round(loads.limit, 1),
        saturation=full,
        half=half,
        components=memory,
        machine=this_machine(),
        missed=missed(figures),
    )


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """SIGTERM and SIGHUP end the block as Ctrl-C does: what it has started is stopped first."""

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
