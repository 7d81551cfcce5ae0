"""Keeps one component alive: start it, wait until it is ready, start it again when it dies."""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from signal import Signals
from threading import Event
from time import monotonic

from compose.local.backoff import Backoff
from compose.local.component import Component
from compose.local.logs import last_line
from compose.local.process import open_log
from compose.local.processes import family, stop_family
from compose.local.state import ComponentState
from telemetry.clock import utc_now
from telemetry.errors import FarmstreamError

__all__ = ["Keeper"]

_POLL = 0.1


class Keeper:
    """`run` is the life of one component, in a thread of its own; `state` is what it says meanwhile."""

    def __init__(self, component: Component, peers: Mapping[str, "Keeper"]) -> None:
        self.component = component
        self.state = ComponentState(port=component.port)
        self.up = Event()
        self.stop = Event()
        self._peers = peers
        self._backoff = Backoff()
        self._log_start = 0
        self._why = ""

    def run(self) -> None:
        """Live until `stop` is set; on return the process and all its children are gone."""
        try:
            while self._wait_for_needs():
                born = monotonic()
                why = self._one_life()
                if self.stop.is_set():
                    break
                self._mourn(monotonic() - born, why)
        finally:
            self._say("stopped")

    def _wait_for_needs(self) -> bool:
        for name in self.component.needs:
            while not (self._peers[name].up.is_set() or self.stop.is_set()):
                self._say("waiting", f"for {name}")
                self._peers[name].up.wait(_POLL)
        return not self.stop.is_set()

    def _one_life(self) -> str:
        """Run it once; why it ended."""
        self._say("starting", self._why)
        try:
            with self._process() as process:
                self._until(process, self.component.ready, self.component.start_timeout)
                if not self.stop.is_set():
                    self.component.settle()
                    self._say("running", self._why)
                    self.up.set()
                self._until(process, lambda: False, float("inf"))
                return ""
        except (FarmstreamError, OSError) as why:
            return str(why)
        finally:
            self.up.clear()

    def _until(self, process: "subprocess.Popen[bytes]", done: Callable[[], bool], timeout: float) -> None:
        """Return once `done` or told to stop; FarmstreamError when it dies or takes too long."""
        deadline = monotonic() + timeout
        while not (self.stop.is_set() or done()):
            if (code := process.poll()) is not None:
                raise FarmstreamError(self._obituary(code))
            if monotonic() > deadline:
                raise FarmstreamError(f"It was not ready after {timeout:.0f} s.")
            self.stop.wait(_POLL)

    @contextmanager
    def _process(self) -> Iterator["subprocess.Popen[bytes]"]:
        command = self.component.prepare()
        with open_log(self.component.log) as log:
            self._log_start = log.seek(0, os.SEEK_END)
            process = subprocess.Popen(
                command.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=command.cwd,
                env={**os.environ, **command.env},
                start_new_session=True,  # Ctrl-C in a terminal is for the supervisor alone
            )
        self.state.pid = process.pid
        self.state.processes = family(process.pid)
        try:
            yield process
        finally:
            if self.stop.is_set():
                self._say("stopping")
            members = family(process.pid)
            known = {*members, *self.state.processes}
            leader = [who for who in known if who.pid == process.pid]
            stop_family([*leader, *(known - set(leader))], self.component.stop_grace)
            process.wait()
            self.state.pid, self.state.processes, self.state.rss_mib = None, (), 0.0

    def _obituary(self, code: int) -> str:
        """Why it ended, as far as its exit code or the end of its log can tell."""
        if code < 0:
            return f"ended by {Signals(-code).name}"
        return last_line(self.component.log, self._log_start) or f"ended with code {code}"

    def _mourn(self, lived: float, why: str) -> None:
        self._why = why
        self.state.pause_s = self._backoff.died(lived)
        self.state.restarts += 1
        self._say("failing" if self._backoff.failing else "restarting", why)
        self.stop.wait(self.state.pause_s)

    def _say(self, state: str, note: str = "") -> None:
        if state != self.state.state:
            self.state.since = utc_now()
        self.state.state, self.state.note = state, note
