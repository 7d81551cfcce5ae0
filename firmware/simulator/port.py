"""Boards on a serial port: a pseudo-terminal that pyserial opens like a board's, behind a named link.

The far end stays open here too, so that what is on the line survives a restart of who reads it. Raw
mode: no echo, no translation. Opening the port discards what had been received, as on a real one; the
boards' repeats make up for it.
"""

import os
import selectors
import time
import tty
from collections.abc import Callable, Hashable
from contextlib import suppress
from pathlib import Path

from firmware.simulator.delivery import Item
from firmware.simulator.errors import SimulatorError
from firmware.simulator.frames import frame_of
from telemetry.line import encode_line

__all__ = ["Port"]

_MAX_UNSENT = 4096
_MAX_DOWN = 1024


class Port:
    """One port and the boards on it, as their `Line`; `link` is the path that a gateway opens.

    `on_ack` is told of board and key of each acknowledgement, and says whether the board waited for it.
    """

    via = "serial"

    def __init__(
        self, link: Path, boards: list[str], selector: selectors.BaseSelector,
        on_ack: Callable[[str, Hashable], bool],
    ) -> None:  # fmt: skip
        self.link, self._boards, self._selector, self._on_ack = link, boards, selector, on_ack
        self._unsent, self._down, self._writing = bytearray(), b"", False
        self._near, self._far = os.openpty()
        tty.setraw(self._far)
        os.set_blocking(self._near, False)
        _relink(link, os.ttyname(self._far))
        selector.register(self._near, selectors.EVENT_READ, self.on_event)

    def ready(self) -> bool:
        """Whether the line is not stalled by a reader that is not there."""
        return len(self._unsent) < _MAX_UNSENT

    def send(self, item: Item) -> None:
        """Write the frame as one line."""
        frame = frame_of(item, encode_line, time.time_ns() // 1_000_000)
        self.write(frame if frame.endswith(b"\n") else frame + b"\r\n")

    def write(self, line: bytes) -> None:
        """Write a line; what the terminal does not take yet is kept."""
        self._unsent += line
        if not self._writing:
            self._flush()

    def close(self) -> None:
        """Remove the link and hang up."""
        self._selector.unregister(self._near)
        self.link.unlink(missing_ok=True)
        os.close(self._near)
        os.close(self._far)

    def on_event(self, mask: int) -> None:
        """The selector found the terminal readable or writable."""
        if mask & selectors.EVENT_WRITE:
            self._flush()
        if mask & selectors.EVENT_READ:
            self._receive()

    def _flush(self) -> None:
        with suppress(BlockingIOError):
            del self._unsent[: os.write(self._near, self._unsent)]
        if bool(self._unsent) != self._writing:
            self._writing = not self._writing
            write = selectors.EVENT_WRITE if self._writing else 0
            self._selector.modify(self._near, selectors.EVENT_READ | write, self.on_event)

    def _receive(self) -> None:
        try:
            received = os.read(self._near, 4096)
        except BlockingIOError:
            return
        *lines, rest = (self._down + received).split(b"\n")
        self._down = rest[-_MAX_DOWN:]
        for line in lines:
            self._on_line(line.split())

    def _on_line(self, words: list[bytes]) -> None:
        """`A boot seq` and `N crc`; what else a gateway says (time, settings) needs no answer here."""
        match words:
            case [b"A", boot, seq] if boot.isdigit() and seq.isdigit():
                self._acked((int(boot), int(seq)))
            case [b"N", crc]:
                self._acked(crc.decode("ascii", "replace").upper())

    def _acked(self, key: Hashable) -> None:
        for board in self._boards:
            if self._on_ack(board, key):
                return


def _relink(link: Path, terminal: str) -> None:
    try:
        link.parent.mkdir(parents=True, exist_ok=True)
        if link.is_symlink():
            link.unlink()
        link.symlink_to(terminal)
    except OSError as why:
        raise SimulatorError(f"Cannot make the serial port {link}: {why.strerror}.") from why
