"""Serial ports by glob: each port that appears is opened, one that vanishes is awaited.

Lines go by telemetry.line. The system's input buffer is flushed when a port is opened; that costs nothing,
because a board keeps a reading until its acknowledgement.
"""

import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from glob import glob
from pathlib import Path
from selectors import EVENT_READ, BaseSelector

import serial

from edge_gateway.framing import Lines
from edge_gateway.intake import Intake
from edge_gateway.notes import Notes
from edge_gateway.settings import SerialSettings
from telemetry.errors import Refused
from telemetry.line import Hello, Log, ack, decode_line, refusal, set_time
from telemetry.reading import Reading

__all__ = ["SerialPort", "SerialPorts"]

log = logging.getLogger(__name__)

READ_BYTES = 4096
"""Taken from one port at a turn, so that a flood on one does not starve the others."""

MAX_DOWNLINK = 1 << 16
"""Bytes waiting for a board that does not read; beyond, they are dropped: it will send again."""

SCAN_S, TIME_S = 1.0, 3600.0
"""Seconds between looks for ports, and between settings of a board's clock."""


class SerialPort:
    """One open port. `clock` gives epoch seconds, for setting the boards' clocks."""

    def __init__(
        self, path: str, baud: int, intake: Intake, notes: Notes, clock: Callable[[], float]
    ) -> None:
        self.name = f"serial:{Path(path).name}"
        self.device = os.path.realpath(path)
        self._port = serial.Serial(path, baud, timeout=0, exclusive=True)
        self._intake, self._notes, self._clock = intake, notes, clock
        self._lines, self._synced = Lines(), False
        self._unsettled, self._downlink = bytearray(), bytearray()
        self._time_due = time.monotonic() + TIME_S
        self.paused = False

    def fileno(self) -> int:
        """For a selector."""
        return int(self._port.fileno())

    def read(self) -> None:
        """Take what has come; OSError when the port has gone."""
        try:
            data = os.read(self._port.fileno(), READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            raise OSError("the port has gone")
        for line in self._lines.feed(data):
            self._line(line)
            self._synced = True

    def settle(self) -> None:
        """Acknowledge what was taken."""
        self._downlink += self._unsettled
        self._unsettled.clear()
        self.write()

    def write(self) -> None:
        """Send what waits, as much as the port takes now; OSError when the port has gone."""
        if self._downlink:
            with suppress(BlockingIOError):
                del self._downlink[: os.write(self._port.fileno(), self._downlink)]
            if len(self._downlink) > MAX_DOWNLINK:
                del self._downlink[self._downlink.index(b"\n") + 1 :]

    def tick(self, now: float) -> None:
        """Set the clock when it is due, and send what waits."""
        if now >= self._time_due:
            self._set_time(now)
        self.write()

    def close(self) -> None:
        """Close the port."""
        self._port.close()

    def _line(self, line: bytes) -> None:
        try:
            said = decode_line(line)
            if isinstance(said, Reading):
                self._reading(said)
            else:
                self._heard(said)
        except Refused as why:
            # The first line after opening may have lost its beginning: that is no fault of the board's.
            if self._synced and not self.paused:
                self._intake.refused(self.name, line, why.reason)
                self._unsettled += refusal(line)

    def _reading(self, reading: Reading) -> None:
        if self.paused:
            return
        self._intake.reading(reading)
        if reading.boot is not None and reading.seq is not None:
            self._unsettled += ack(reading.boot, reading.seq)

    def _heard(self, said: Hello | Log) -> None:
        if isinstance(said, Hello):
            self._notes.hello(self.name, said.fields)
            self._set_time(time.monotonic())
        else:
            self._notes.log(self.name, said.text)

    def _set_time(self, now: float) -> None:
        self._downlink += set_time(int(self._clock() * 1000))
        self._time_due = now + TIME_S


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
        there = {path for pattern in self._globs for path in glob(pattern)}  # noqa: PTH207 - Path.glob takes no absolute pattern
        for path, port in list(self._open.items()):
            if path not in there or os.path.realpath(path) != port.device:  # a link may lead elsewhere now
                self._drop(path, "gone")
        for path in sorted(there - self._open.keys()):
            self._try_open(path)
        for name in [n for n, state in self._states.items() if state != "ok" and not _listed(n, there)]:
            self._states[name] = "gone"

    def _try_open(self, path: str) -> None:
        name = f"serial:{Path(path).name}"
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
                self._drop(path, f"gone ({why})")

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


def _listed(name: str, paths: set[str]) -> bool:
    return any(name == f"serial:{Path(path).name}" for path in paths)
