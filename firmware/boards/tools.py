"""Runs avrdude, esptool and mpremote: what they say is read as it comes, and explained where they fail."""

import fcntl
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from firmware.boards.errors import FlashError
from firmware.boards.talk import port_error

__all__ = ["check_free", "find_tool", "run_tool", "wait_for_port"]

_REBOOT_S = 30.0

_PACKAGES = {
    "avrdude": "install avrdude (Debian: apt install avrdude)",
    "esptool": "run `pip install farmstream[boards]`",
    "mpremote": "run `pip install farmstream[boards]`",
}


def find_tool(name: str) -> str:
    """The tool's path, beside our Python or on PATH; FlashError says how to install it."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        raise FlashError(f"`{name}` is missing: {_PACKAGES[name]}.")
    return found


def check_free(path: str) -> None:
    """PortError where the port is not there, not ours to open, or held by another program."""
    try:
        port = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError as why:
        raise port_error(path, why) from why
    try:
        fcntl.flock(port, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as why:
        raise port_error(path, why) from why
    finally:
        os.close(port)


def wait_for_port(path: str) -> None:
    """Return when the port is there: a board on native USB goes away with a reset; FlashError in the end."""
    until = time.monotonic() + _REBOOT_S
    while not os.path.exists(path):  # noqa: PTH110 - a device
        if time.monotonic() > until:
            raise FlashError(f"{path} did not come back after the board's reset: unplug it, and try again.")
        time.sleep(0.2)


def run_tool(
    words: Sequence[str], said: Callable[[str], None], answer: str = "", patience: float = 60
) -> tuple[int, str]:
    """Run it to its end, `said` with all of its output so far at each piece; exit code and output.

    It is ended where `answer` has not been in its output after `patience` s: nothing is there to talk to.
    """
    with subprocess.Popen(
        [find_tool(words[0]), *words[1:]],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        output, until = "", time.monotonic() + patience
        while piece := _piece(process, None if answer in output else until):
            output += piece.decode(errors="replace")
            said(output)
        return process.wait(), output


def _piece(process: "subprocess.Popen[bytes]", until: float | None) -> bytes:
    """What it says next, nothing at its end; it is killed at `until`."""
    if not process.stdout:
        return b""
    wait = None if until is None else max(0.0, until - time.monotonic())
    if not select.select([process.stdout], [], [], wait)[0]:
        process.kill()
    return os.read(process.stdout.fileno(), 4096)
