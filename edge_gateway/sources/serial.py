"""Serial ports by glob: each port that appears is opened, one that vanishes is awaited."""

import logging
import os
import time
from collections.abc import Callable
from glob import glob
from selectors import EVENT_READ, BaseSelector

from edge_gateway.intake import Intake
from edge_gateway.notes import Notes
from edge_gateway.settings import SerialSettings
from edge_gateway.sources.serial_port import SerialPort, source_name

__all__ = ["SerialPorts"]

log = logging.getLogger(__name__)

SCAN_S = 0.5
"""Seconds between looks for ports."""

GONE = "gone"
"""The state of a port that was there, and may come back."""


class SerialPorts:
    """All ports that match the globs of one [[serial]] table; a Source."""

    def __init__(
        self,
        settings: SerialSettings,
        selector: BaseSelector,
        intake: Intake,
        notes: Notes,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._globs, self._baud, self._selector = settings.ports, settings.baud, selector
        self._intake, self._notes, self._clock = intake, notes, clock
        self._open: dict[str, SerialPort] = {}
        self._states: dict[str, str] = {}
        self._touched: set[str] = set()
        self._next_scan, self._paused = 0.0, False

    def tick(self, now: float) -> None:
        if now >= self._next_scan:
            self._next_scan = now + SCAN_S
            self._scan()
        for path in list(self._open):
            self._guarded(path, lambda port: port.tick(now))

    def settle(self) -> None:
        touched, self._touched = self._touched, set()
        for path in touched:
            self._guarded(path, SerialPort.settle)

    def pause(self) -> None:
        self._set_paused(True)

    def resume(self) -> None:
        self._set_paused(False)

    def states(self) -> dict[str, str]:
        return dict(self._states)

    def close(self) -> None:
        for path in list(self._open):
            self._drop(path, "closed")

    def _scan(self) -> None:
        # A link that leads nowhere is listed by glob, but is no port.
        found = (path for pattern in self._globs for path in glob(pattern))  # noqa: PTH207 - absolute patterns
        there = {path for path in found if os.path.exists(path)}  # noqa: PTH110 - they are text
        for path, port in list(self._open.items()):
            if path not in there or os.path.realpath(path) != port.device:  # a link may lead elsewhere now
                self._drop(path, GONE)
        for path in sorted(there - self._open.keys()):
            self._try_open(path)
        names = set(map(source_name, there))
        self._states |= dict.fromkeys(self._states.keys() - names, GONE)

    def _try_open(self, path: str) -> None:
        name = source_name(path)
        try:
            port = SerialPort(path, self._baud, self._intake, self._notes, self._clock)
        except (OSError, ValueError) as why:  # SerialException is an OSError
            state = f"cannot be opened: {why}"
            if self._states.get(name) != state:
                log.warning("%s %s", name, state)
            self._states[name] = state
            return
        port.paused = self._paused
        self._open[path], self._states[name] = port, "ok"
        self._selector.register(port, EVENT_READ, lambda _events: self._read(path))
        log.info("%s is open", name)

    def _read(self, path: str) -> None:
        self._touched.add(path)
        self._guarded(path, SerialPort.read)

    def _guarded(self, path: str, do: Callable[[SerialPort], None]) -> None:
        port = self._open.get(path)
        if port is not None:
            try:
                do(port)
            except OSError as why:
                log.info("%s broke off: %s", port.name, why)
                self._drop(path, GONE)

    def _drop(self, path: str, state: str) -> None:
        port = self._open.pop(path)
        self._selector.unregister(port)
        port.close()
        self._states[port.name] = state
        log.info("%s is %s", port.name, state)

    def _set_paused(self, paused: bool) -> None:
        self._paused = paused
        for port in self._open.values():
            port.paused = paused
