"""The command line as tests use it, and a pipeline that runs for the length of a block."""

import json
import subprocess
import sys
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

from compose.local.home import Home

__all__ = ["asked", "farmstream", "status", "until", "words"]


def words(home: Home, *more: str) -> list[str]:
    """A command of this home as the words of a process."""
    return [sys.executable, "-m", "compose.cli", "--home", str(home.path), *more]


def farmstream(home: Home, *more: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return subprocess.run(words(home, *more), capture_output=True, text=True, timeout=300, check=False)


def status(home: Home) -> dict[str, Any]:
    """`status --json`."""
    told: dict[str, Any] = json.loads(farmstream(home, "status", "--json").stdout)
    return told


def until(true: Callable[[], Any], timeout: float = 120, what: str = "it") -> Any:
    """Ask until the answer is true, and return it."""
    found = asked(true, bool, timeout)
    assert found, f"{what} did not come about"
    return found


def asked(ask: Callable[[], Any], enough: Callable[[Any], bool], timeout: float, pause: float = 0.5) -> Any:
    """The first answer that is `enough`, or the last one when time is up.

    At most a third of the time is spent on asking: to ask is often a whole command, and what is waited for
    needs the same cores.
    """
    deadline = monotonic() + timeout
    while True:
        begun = monotonic()
        answer = ask()
        if enough(answer) or monotonic() >= deadline:
            return answer
        sleep(max(pause, 2 * (monotonic() - begun)))
