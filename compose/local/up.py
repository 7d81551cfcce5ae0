"""`farmstream up`: checks, then everything under one supervisor until a signal says stop."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event
from time import monotonic

from rich.console import Console

from compose.local.claims import Claims
from compose.local.jar_cache import cache_dir
from compose.local.lifecycle import STOP_ORDER, locked, state_path, stop_leftovers
from compose.local.observer import Observer
from compose.local.options import Options
from compose.local.processes import this_process
from compose.local.resources import check_room
from compose.local.state import State
from compose.local.supervisor import Supervisor
from compose.local.topology import Topology, build, gather
from compose.local.views import View, view_for
from telemetry.clock import utc_now

__all__ = ["run_up"]

_MEASURE_EVERY = 5.0


def run_up(options: Options, console: Console) -> None:
    """Run until SIGINT, SIGTERM or SIGHUP, then stop in order; FarmstreamError where it cannot start."""
    say = partial(console.print, highlight=False, soft_wrap=True)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # until there is something to stop in order
    with locked(options.path), Claims(cache_dir() / "ports") as claims:
        stop_leftovers(options.path, say)
        check_room(options.path, dashboards=options.dashboards)
        topology = build(gather(options, claims))
        with _stop_signal() as stop, view_for(console) as view:
            _serve(topology, options, stop, view)
    say("Everything has stopped. `farmstream up` goes on from here.")


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
