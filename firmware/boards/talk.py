"""A board's console over its serial port: lines out, answers in (docs/arduino.md has the commands).

Opening the port resets an Arduino, as its makers meant it; it keeps its readings, says hello once its
boot loader has waited, and only then listens. A MicroPython board does not reset.
"""

import errno
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import serial

from firmware.boards.errors import PortError, RefusedByBoard, SilentBoard
from telemetry.errors import Refused
from telemetry.line import Hello, decode_line

__all__ = ["BAUD", "Talk", "open_port"]

BAUD = 115200
HELLO_S = 3.0
"""After this long without a hello the board is asked: one that did not reset says none by itself."""
ANSWER_S = 10.0
MAX_LINE = 4096


def open_port(path: str, baud: int = BAUD) -> serial.Serial:
    """The port, for us alone; PortError says why it cannot be had."""
    try:
        return serial.Serial(path, baud, timeout=0.1, write_timeout=5, exclusive=True)
    except serial.SerialException as why:
        raise port_error(path, why) from why


def port_error(path: str, why: OSError) -> PortError:
    """What is wrong with a port, and what to do."""
    if why.errno == errno.ENOENT or not Path(path).exists():
        return PortError(f"There is no port {path}: `farmstream boards list` shows those there are.")
    if why.errno == errno.EACCES:
        return PortError(f"You may not open {path}: join its group (Debian: `sudo adduser $USER dialout`).")
    if why.errno in (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK) or "lock" in str(why).lower():
        return PortError(f"{path} is in use by another program: stop it (a gateway, a serial monitor) first.")
    return PortError(f"{path} cannot be used: {why.strerror or why}.")


class Talk:
    """An open port with a board behind it; a context manager. Lines come without their ends."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._port: serial.Serial | None = None
        self._rest = b""

    def __enter__(self) -> Self:
        self._port = open_port(self.path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._port:
            self._port.close()

    def send(self, line: str) -> None:
        """Write one line to the board."""
        try:
            self._opened().write(line.encode("ascii", "replace") + b"\r\n")
        except OSError as why:
            raise PortError(f"{self.path} broke off: is the board still plugged in?") from why

    def lines(self, seconds: float | None = None) -> Iterator[str]:
        """Lines as they come, for so long (for ever where None)."""
        until = None if seconds is None else time.monotonic() + seconds
        while until is None or time.monotonic() < until:
            yield from self._received()

    def hello(self, patience: float = ANSWER_S) -> dict[str, str]:
        """The fields of the board's hello, asked for where it does not come; SilentBoard where none does."""
        for wait in (min(HELLO_S, patience), *[2.0] * max(1, round((patience - HELLO_S) / 2))):
            for line in self.lines(wait):
                if found := _hello(line):
                    return found
            self.send("\r\nC ?")
        raise SilentBoard(
            f"Nothing on {self.path} answers: is a board with the Farmstream firmware there "
            f"(`farmstream boards flash`)?"
        )

    def ask(self, line: str, *starts: str, seconds: float = ANSWER_S) -> str:
        """Send a line; the first line after it that begins with one of `starts`, else SilentBoard."""
        self.send(line)
        for answer in self.lines(seconds):
            if answer.startswith(starts):
                return answer
        raise SilentBoard(f"The board on {self.path} did not answer `{line}`: unplug it, and try again.")

    def set(self, key: str, value: str) -> None:
        """Set one key; RefusedByBoard with the board's reason."""
        answer = self.ask(f"C {key}={value}", f"L ok {key}", f"L refused {key}")
        if answer.startswith("L refused"):
            raise RefusedByBoard(f"The board does not take {key}={value}: {answer.partition(': ')[2]}.")

    def _received(self) -> list[str]:
        try:
            self._rest += self._opened().read(max(1, self._opened().in_waiting))
        except OSError as why:
            raise PortError(f"{self.path} broke off: is the board still plugged in?") from why
        *whole, self._rest = self._rest.split(b"\n")
        self._rest = self._rest[-MAX_LINE:]
        return [line.rstrip(b"\r").decode("ascii", "replace") for line in whole if line.strip()]

    def _opened(self) -> serial.Serial:
        if not self._port:
            raise PortError(f"{self.path} is not open: use this as a context manager.")
        return self._port


def _hello(line: str) -> dict[str, str] | None:
    try:
        said = decode_line(line.encode("ascii", "replace"))
    except Refused:
        return None
    return said.fields if isinstance(said, Hello) and "id" in said.fields else None
