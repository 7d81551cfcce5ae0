"""One serial port: lines in (telemetry.line), acknowledgements and the time out; nothing here waits.

The system's input buffer is flushed when a port is opened; that costs nothing, because a board keeps a
reading until its acknowledgement.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import serial

from edge_gateway.framing import Lines
from edge_gateway.intake import Intake
from edge_gateway.notes import Notes
from telemetry.errors import Refused
from telemetry.line import Hello, Log, ack, decode_line, refusal, set_time
from telemetry.reading import Reading

__all__ = ["SerialPort", "source_name"]

READ_BYTES = 4096
"""Taken from one port at a turn, so that a flood on one does not starve the others."""

MAX_DOWNLINK = 1 << 16
"""Bytes waiting for a board that does not read; beyond, they are dropped: it will send again."""

TIME_S = 3600.0
"""Seconds between settings of a board's clock."""


def source_name(path: str) -> str:
    """What a port is called in health and in rejected records."""
    return f"serial:{Path(path).name}"


class SerialPort:
    """One open port. `clock` gives epoch seconds, for setting the boards' clocks."""

    def __init__(
        self, path: str, baud: int, intake: Intake, notes: Notes, clock: Callable[[], float]
    ) -> None:
        self.name = source_name(path)
        self.device = os.path.realpath(path)
        self._port = serial.Serial(path, baud, timeout=0, exclusive=True)
        self._intake, self._notes, self._clock = intake, notes, clock
        self._lines, self._synced = Lines(), False
        self._unsettled, self._downlink = bytearray(), bytearray()
        self._time_due: float | None = None
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
        self.write()

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
        if self._time_due is None:
            self._time_due = now + TIME_S
        elif now >= self._time_due:
            self._set_time()
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
            self._set_time()
        else:
            self._notes.log(self.name, said.text)

    def _set_time(self) -> None:
        self._downlink += set_time(int(self._clock() * 1000))
        self._time_due = None  # an hour from the next tick
