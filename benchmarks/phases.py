"""Two ways to load the pipeline: as much as it takes, and at a fixed rate."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from benchmarks.load import Load, running
from benchmarks.rig import Rig
from benchmarks.usage import cpu_of, members_of, memory_of, used

__all__ = ["Held", "Say", "Step", "drain", "hold", "search"]

Say = Callable[[str], None]

FLOOD = 12_000.0
"""Readings/s asked of the boards while the limit is searched: more than two cores carry."""

_TICK = 0.5
_BACKLOG_S, _LEAST_BACKLOG = 15.0, 20_000
_PATIENCE = 120.0


class Step(NamedTuple):
    """A rate (readings/s) to hold: `seconds` are measured once it has run for `settle` seconds."""

    name: str
    rate: float
    settle: float
    seconds: float


@dataclass
class Held:
    """What was seen while a rate was held: `begin` and `end` in epoch seconds, batches by query."""

    rate: float
    manifest: Path
    begin: float = 0.0
    end: float = 0.0
    memory: dict[str, float] = field(default_factory=dict)
    cores: dict[str, float] = field(default_factory=dict)
    batches: dict[str, list[Mapping[str, float]]] = field(default_factory=dict)


def search(rig: Rig, boards: int, seconds: float, say: Say) -> tuple[float, Path]:
    """Readings/s stored in the second half of `seconds` under a flood, and the flood's manifest.

    The boards are held still whenever more than some seconds' worth is on its way from the gateway to
    Cassandra: so each part gets as much of the machine as it can use, and the backlog stays bounded.
    """
    with running(rig.home.path, boards, FLOOD, "flood") as load:
        begun = time.monotonic()
        seen: list[tuple[float, float]] = []
        while (passed := time.monotonic() - begun) < seconds:
            now = rig.counters()
            seen.append((time.monotonic(), now.get("stored", 0.0)))
            rate = _rate(seen, 10.0)
            _throttle(load, now.get("accepted", 0.0) - now.get("stored", 0.0), rate)
            say(f"Looking for the limit: {rate:,.0f} readings/s are stored ({seconds - passed:.0f} s left)")
            time.sleep(_TICK)
        return _rate(seen, seconds / 2), load.manifest


def hold(rig: Rig, boards: int, step: Step, say: Say) -> Held:
    """Send at the step's rate; what was seen while it was measured."""
    with running(rig.home.path, boards, step.rate, step.name) as load:
        held = Held(step.rate, load.manifest)
        _watch(step.settle, lambda left: say(f"{step.rate:,.0f} readings/s: settling ({left:.0f} s left)"))
        members = members_of(rig.state, load.process.pid)
        before, began, held.begin = cpu_of(members), time.monotonic(), time.time()

        def look(left: float) -> None:
            say(f"{step.rate:,.0f} readings/s: measuring ({left:.0f} s left)")
            _note_batches(rig, held)

        _watch(step.seconds, look)
        after, passed, held.end = cpu_of(members), time.monotonic() - began, time.time()
        held.cores = used(members, before, after, passed)
        held.memory = memory_of(members)
    return held


def drain(rig: Rig, say: Say) -> bool:
    """Wait until what the gateway has accepted by now is stored and in windows; False if that takes long."""
    goal = rig.counters().get("accepted", 0.0)
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        now = rig.counters()
        left = goal - min(now.get("stored", 0.0), now.get("windows", 0.0))
        if left <= 0:
            return True
        say(f"{left:,.0f} readings are still on their way")
        time.sleep(_TICK)
    return False


def _throttle(load: Load, waiting: float, rate: float) -> None:
    most = max(_LEAST_BACKLOG, rate * _BACKLOG_S)
    if waiting > most:
        load.pause(True)
    elif waiting < most / 2:
        load.pause(False)


def _rate(seen: list[tuple[float, float]], span: float) -> float:
    """Growth per second over the last `span` seconds."""
    recent = [point for point in seen if point[0] >= seen[-1][0] - span]
    (since, first), (until, last) = recent[0], recent[-1]
    return (last - first) / (until - since) if until > since else 0.0


def _watch(seconds: float, look: Callable[[float], None]) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        look(left)
        time.sleep(min(left, _TICK))


def _note_batches(rig: Rig, held: Held) -> None:
    for name, batch in rig.queries().items():
        known = held.batches.setdefault(name, [])
        if not known or known[-1]["batch"] != batch["batch"]:
            known.append(batch)
