"""`farmstream up --detach`: another `up` in the background, watched until all of it runs."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import sleep

from rich.console import Console

from compose.local.jars import require_jars
from compose.local.java import find_java
from compose.local.lifecycle import Say, locked, state_path, stop_leftovers
from compose.local.logs import last_line
from compose.local.options import Options
from compose.local.resources import check_room
from compose.local.state import State, read_state
from telemetry.errors import FarmstreamError

__all__ = ["run_detached"]


def run_detached(options: Options, console: Console) -> None:
    """Start `up` in the background and return when all runs; FarmstreamError says why it does not.

    Ctrl-C stops what has started.
    """
    say = partial(console.print, highlight=False, soft_wrap=True)
    with locked(options.path):
        stop_leftovers(options.path, say)
        check_room(options.path, dashboards=options.dashboards)
        require_jars(find_java())
    with _background(options, say) as (child, log, start), console.status("Starting …") as spinner:
        while not _ready(options.path, child, log, start):
            state = _state_by(child.pid, options.path)
            parts = state.components.items() if state else ()
            waits = ", ".join(name for name, part in parts if part.state != "running")
            spinner.update(f"Starting: {waits} …" if waits else "Starting …")
            sleep(0.2)
    say("The pipeline runs. See it with `farmstream status`, stop it with `farmstream down`.")


@contextmanager
def _background(options: Options, say: Say) -> Iterator[tuple["subprocess.Popen[bytes]", Path, int]]:
    """The process, its log and where its part of that begins; ended, in order, if the block does not."""
    log = options.home.log("supervisor")
    with log.open("ab") as out:
        start = out.tell()
        child = subprocess.Popen(
            [sys.executable, "-m", "compose.cli", "up", *options.words()],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield child, log, start
    except (FarmstreamError, KeyboardInterrupt):
        if child.poll() is None:
            say("Stopping what has started …")
        child.terminate()
        child.wait()
        raise


def _ready(home: Path, child: "subprocess.Popen[bytes]", log: Path, start: int) -> bool:
    if child.poll() is not None:
        why = last_line(log, start).removeprefix("farmstream: ")
        raise FarmstreamError(why or f"The pipeline ended at once: see {log}.")
    state = _state_by(child.pid, home)
    if state is None:
        return False
    for name, part in state.components.items():
        if part.state == "failing":
            raise FarmstreamError(f"{name} does not start ({part.note}): see `farmstream logs {name}`.")
    return state.phase == "running"


def _state_by(pid: int, home: Path) -> State | None:
    state = read_state(state_path(home))
    return state if state and state.supervisor.pid == pid else None
