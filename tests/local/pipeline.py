"""The command line as tests use it, and a pipeline that runs for the length of a block."""

import json
import subprocess
import sys
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

from compose.local.home import Home

__all__ = ["farmstream", "status", "until", "words"]


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
    """Ask until the answer is true, and return it; at most a third of the time is spent on asking.

    To ask is often a whole command, and what is waited for needs the same cores.
    """
    deadline = monotonic() + timeout
    while True:
        asked = monotonic()
        if found := true():
            return found
        assert monotonic() < deadline, f"{what} did not come about"
        sleep(max(0.5, 2 * (monotonic() - asked)))
