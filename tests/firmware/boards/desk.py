"""The command `farmstream boards …` as a person runs it."""

import os
import pty
import re
import subprocess
import sys
import time

__all__ = ["Guided", "boards", "boards_on_terminal"]

_WORDS = [sys.executable, "-m", "compose.cli", "boards"]


def boards(*words: str, timeout: float = 240) -> "subprocess.CompletedProcess[str]":
    """Run it to its end."""
    return subprocess.run([*_WORDS, *words], capture_output=True, text=True, timeout=timeout, check=False)


def boards_on_terminal(*words: str) -> "tuple[subprocess.CompletedProcess[str], str]":
    """The same with a terminal for stderr; and what was drawn there."""
    outer, inner = pty.openpty()
    with subprocess.Popen([*_WORDS, *words], stdout=subprocess.PIPE, stderr=inner, text=True) as process:
        os.close(inner)
        drawn = b""
        while piece := _piece(outer):
            drawn += piece
        os.close(outer)
        said = process.stdout.read() if process.stdout else ""
        code = process.wait()
    return subprocess.CompletedProcess(words, code, said, ""), drawn.decode()


def _piece(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the last one has closed it
        return b""


class Guided:
    """A command that shows values and waits for Enter."""

    def __init__(self, *words: str) -> None:
        self.said = ""
        self._process = subprocess.Popen(
            [*_WORDS, *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1,
        )  # fmt: skip

    def until(self, text: str, timeout: float = 60) -> str:
        """Read until a line has `text`; that line."""
        until = time.monotonic() + timeout
        while self._process.stdout and time.monotonic() < until:
            line = self._process.stdout.readline()
            self.said += line
            if text in line or not line:
                assert line, self.said
                return line
        raise AssertionError(self.said)

    def settle(self, millivolts: float) -> None:
        """Read until the pin shows so many mV, to one step of an Arduino's converter."""
        while True:
            found = re.search(r"([\d.]+) mV at the pin", self.until("at the pin"))
            if found and abs(float(found[1]) - millivolts) <= 5:
                return

    def enter(self) -> None:
        """Press Enter."""
        assert self._process.stdin
        self._process.stdin.write("\n")

    def finish(self) -> int:
        """Read the rest; the exit code."""
        rest, _ = self._process.communicate(timeout=60)
        self.said += rest
        return self._process.returncode
