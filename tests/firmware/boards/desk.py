"""The command `farmstream boards …` as a person runs it."""

import subprocess
import sys
import time

__all__ = ["Guided", "boards"]

_WORDS = [sys.executable, "-m", "compose.cli", "boards"]


def boards(*words: str, timeout: float = 240) -> "subprocess.CompletedProcess[str]":
    """Run it to its end."""
    return subprocess.run([*_WORDS, *words], capture_output=True, text=True, timeout=timeout, check=False)


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

    def enter(self) -> None:
        """Press Enter."""
        assert self._process.stdin
        self._process.stdin.write("\n")

    def finish(self) -> int:
        """Read the rest; the exit code."""
        rest, _ = self._process.communicate(timeout=60)
        self.said += rest
        return self._process.returncode
