"""One supervisor per home: the lock, what a dead one left behind, and `down`."""

import fcntl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import psutil

from compose.local.processes import ProcessId, alive, stop_family
from compose.local.state import ComponentState, State, read_state, write_state
from telemetry.errors import FarmstreamError

__all__ = ["STOP_ORDER", "Say", "locked", "state_of", "state_path", "stop_leftovers", "take_down"]

STOP_ORDER = (
    ("dashboards", "jupyter"), ("simulator", "avr", "micropython"),
    ("gateway",), ("fluentd",), ("streaming",), ("cassandra", "kafka", "mqtt"),
)  # fmt: skip
"""Groups in the order in which they stop: each while those that take over its data still run."""

_GRACE = {"cassandra": 60.0, "kafka": 60.0, "streaming": 60.0}

Say = Callable[[str], None]
"""Tells a person one thing."""


def state_path(home: Path) -> Path:
    """Where the supervisor of `home` tells how it is."""
    return home / "state.json"


def state_of(home: Path) -> State | None:
    """What runs under `home` in truth: a state whose supervisor is gone is corrected."""
    state = read_state(state_path(home))
    if state is None or alive(state.supervisor):
        return state
    state.phase = "stopped"
    for part in state.components.values():
        left = any(alive(who) for who in part.processes)
        part.state, part.note = ("left over", "its supervisor is gone") if left else ("stopped", "")
        if not left:
            part.pid, part.processes, part.rss_mib = None, (), 0.0
    return state


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Be the only supervisor of `home`; FarmstreamError where there is one."""
    folder = home / "run"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as why:
            raise FarmstreamError(
                f"The pipeline under {home} runs already: see it with `farmstream status`, "
                f"stop it with `farmstream down`, or use another --home."
            ) from why
        yield


def stop_leftovers(home: Path, say: Say) -> bool:
    """Stop, in order, what a supervisor that is gone left running; whether there was anything."""
    state = state_of(home)
    if state is None:
        return False
    left = {name: part for name, part in state.components.items() if part.state == "left over"}
    for name in _in_order(left):
        say(f"Stopping {name}, left over from a run that was cut off.")
        _stop(name, left[name])
    if left:
        write_state(state_path(home), state)
    return bool(left)


def take_down(home: Path, say: Say, timeout: float = 420.0) -> None:
    """Stop all under `home`, saying what stops; FarmstreamError if it takes longer than `timeout` seconds."""
    state = state_of(home)
    if state and alive(state.supervisor):
        _ask(state.supervisor)
        _watch(home, state.supervisor, say, timeout)
        say("Everything has stopped.")
    elif stop_leftovers(home, say):
        say("Everything has stopped.")
    else:
        say(f"Nothing runs under {home}.")


def _ask(supervisor: ProcessId) -> None:
    try:
        psutil.Process(supervisor.pid).terminate()
    except psutil.NoSuchProcess:
        return
    except psutil.AccessDenied as why:
        raise FarmstreamError(f"Process {supervisor.pid} belongs to another user, who must stop it.") from why


def _watch(home: Path, supervisor: ProcessId, say: Say, timeout: float) -> None:
    deadline, told = monotonic() + timeout, dict[str, str]()
    while alive(supervisor):
        _tell_changes(read_state(state_path(home)), told, say)
        if monotonic() > deadline:
            raise FarmstreamError(
                f"The pipeline did not stop within {timeout:.0f} s: look at `farmstream status` and "
                f"`farmstream logs`, or end process {supervisor.pid} and run `farmstream down` again."
            )
        sleep(0.2)
    _tell_changes(read_state(state_path(home)), told, say)


def _tell_changes(state: State | None, told: dict[str, str], say: Say) -> None:
    for name, part in state.components.items() if state else ():
        if told.get(name) != part.state and part.state in ("stopping", "stopped"):
            say(f"{name} {'is stopping …' if part.state == 'stopping' else 'has stopped.'}")
        told[name] = part.state


def _in_order(names: Iterable[str]) -> list[str]:
    order = [name for group in STOP_ORDER for name in group]
    return sorted(names, key=lambda name: order.index(name) if name in order else -1)


def _stop(name: str, part: ComponentState) -> None:
    leader = [who for who in part.processes if who.pid == part.pid]
    rest = [who for who in part.processes if who.pid != part.pid]
    stop_family([*leader, *rest], _GRACE.get(name, 30.0))
    part.state, part.note, part.pid, part.processes, part.rss_mib = "stopped", "", None, (), 0.0
