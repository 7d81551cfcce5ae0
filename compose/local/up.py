"""`farmstream up`: checks, then everything under one supervisor until a signal says stop."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic, sleep

from rich.console import Console

from compose.local.lifecycle import STOP_ORDER, locked, state_path, stop_leftovers, take_down
from compose.local.logs import last_line
from compose.local.observer import Observer
from compose.local.options import Options
from compose.local.processes import this_process
from compose.local.resources import check_room
from compose.local.state import State, read_state
from compose.local.supervisor import Supervisor
from compose.local.topology import Topology, build, gather
from compose.local.views import View, view_for
from telemetry.clock import utc_now
from telemetry.errors import FarmstreamError

__all__ = ["run_detached", "run_up"]

_MEASURE_EVERY = 5.0


def run_up(options: Options, console: Console) -> None:
    """Run until SIGINT, SIGTERM or SIGHUP, then stop in order; FarmstreamError where it cannot start."""
    with locked(options.path):
        stop_leftovers(options.path, lambda text: console.print(text, highlight=False))
        check_room(options.path)
        topology = build(gather(options))
        with _stop_signal() as stop, view_for(console) as view:
            _serve(topology, options, stop, view)
    console.print("Everything has stopped. `farmstream up` goes on from here.", highlight=False)


def _serve(topology: Topology, options: Options, stop: Event, view: View) -> None:
    state = _first_state(topology, options)
    supervisor = Supervisor(topology.components, STOP_ORDER, state, state_path(options.path))
    with Observer(topology) as observer, supervisor:
        measured = 0.0
        while not stop.is_set():
            supervisor.check()
            if monotonic() - measured > _MEASURE_EVERY:
                supervisor.measure()
                measured = monotonic()
            supervisor.tell()
            _beat(observer, state, view)
            stop.wait(0.5)
        supervisor.stop(lambda: _beat(observer, state, view))
        view(state)


def _beat(observer: Observer, state: State, view: View) -> None:
    observer.observe(state)
    view(state)


def _first_state(topology: Topology, options: Options) -> State:
    return State(
        at=utc_now(),
        started=utc_now(),
        supervisor=this_process(),
        options={"boards": options.boards, "interval": options.interval},
        endpoints=dict(topology.endpoints),
        keyspace=topology.stack.keyspace,
        credentials=str(options.home.credentials),
    )


@contextmanager
def _stop_signal() -> Iterator[Event]:
    """An event that is set by the signals that ask to stop."""
    stop = Event()
    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in wanted}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_detached(options: Options, console: Console) -> None:
    """Start `up` in the background and return when all runs; FarmstreamError says why it does not."""
    with locked(options.path):
        stop_leftovers(options.path, lambda text: console.print(text, highlight=False))
        check_room(options.path)
        gather(options)
    log = options.home.log("supervisor")
    with log.open("ab") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "compose.cli", "up", *options.words()],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    with console.status("Starting …") as spinner:
        while not _ready(options.path, child, log):
            state = _state_by(child.pid, options.path)
            waits = (
                [name for name, part in state.components.items() if part.state != "running"] if state else []
            )
            spinner.update(f"Starting: {', '.join(waits)} …")
            sleep(0.2)
    console.print("The pipeline runs. See it with `farmstream status`, stop it with `farmstream down`.")


def _ready(home: Path, child: "subprocess.Popen[bytes]", log: Path) -> bool:
    if child.poll() is not None:
        raise FarmstreamError(last_line(log).removeprefix("farmstream: "))
    state = _state_by(child.pid, home)
    if state is None:
        return False
    for name, part in state.components.items():
        if part.state == "failing":
            take_down(home, lambda text: None)
            child.wait()
            raise FarmstreamError(f"{name} does not start ({part.note}): see `farmstream logs {name}`.")
    return state.phase == "running"


def _state_by(pid: int, home: Path) -> State | None:
    state = read_state(state_path(home))
    return state if state and state.supervisor.pid == pid else None
