"""A board's USB port as a pty: a person, or mpremote, at one end, the interpreter at the other.

What the chip does itself is here: Ctrl-C interrupts the application, and a soft reset (Ctrl-D in the raw
REPL) starts the interpreter again without it, still in the raw REPL.
"""

import os
import pty
import select
import signal
import subprocess
import tty
from pathlib import Path

__all__ = ["UsbPort"]

_CTRL_A, _CTRL_C, _CTRL_D = b"\x01", b"\x03", b"\x04"


class UsbPort:
    """`path` is what a person opens; it outlives resets. `attach` before a start, `serve` while it runs."""

    def __init__(self) -> None:
        self._outer, self._kept_open = pty.openpty()
        tty.setraw(self._kept_open)
        self.path = os.ttyname(self._kept_open)
        self._inner, self._chip = -1, -1
        self._in_repl = self._raw = False
        self.soft_reset = False

    def attach(self) -> int:
        """A new terminal for the interpreter: its stdin and stdout."""
        self.detach()
        self._inner, self._chip = pty.openpty()
        tty.setraw(self._chip)
        if self.soft_reset:
            os.write(self._outer, b"MPY: soft reboot\r\n")
            os.write(self._inner, _CTRL_A)
        self._in_repl = self._raw = self.soft_reset
        self.soft_reset = False
        return self._chip

    def detach(self) -> None:
        """The interpreter has ended."""
        for end in (self._inner, self._chip):
            if end >= 0:
                os.close(end)
        self._inner = self._chip = -1

    def close(self) -> None:
        """Pull the cable."""
        self.detach()
        os.close(self._outer)
        os.close(self._kept_open)

    def serve(self, process: "subprocess.Popen[bytes]", console: Path, seconds: float) -> None:
        """Carry bytes both ways for a while."""
        for end in select.select([self._outer, self._inner], [], [], seconds)[0]:
            data = os.read(end, 4096)
            if end == self._outer:
                self._down(process, data)
            else:
                self._up(console, data)

    def _down(self, process: "subprocess.Popen[bytes]", data: bytes) -> None:
        if _CTRL_C in data and not self._in_repl:
            process.send_signal(signal.SIGINT)
            data = data.replace(_CTRL_C, b"")
        self.soft_reset = self._raw and data.endswith(_CTRL_D)
        os.write(self._inner, data)

    def _up(self, console: Path, data: bytes) -> None:
        self._raw = self._raw or b"raw REPL" in data
        self._in_repl = self._in_repl or self._raw or b">>> " in data
        with console.open("ab") as log:
            log.write(data)
        if select.select([], [self._outer], [], 0)[1]:  # where nobody reads, it is lost
            os.write(self._outer, data)
