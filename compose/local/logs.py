"""The components' logs, HOME/logs/NAME.log: the end of one, or one as it grows."""

import os
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep
from typing import IO

from telemetry.errors import FarmstreamError

__all__ = ["follow", "last_line", "log_of", "tail"]

_TAIL_BYTES = 8192


def log_of(home: Path, name: str) -> Path:
    """The log of the component `name`; FarmstreamError names those that there are."""
    folder = home / "logs"
    found = folder / f"{name}.log"
    if found.parent != folder or not found.is_file():
        names = ", ".join(sorted(log.stem for log in folder.glob("*.log"))) or "none yet"
        raise FarmstreamError(f"There is no log of '{name}' under {home}; there are: {names}.")
    return found


def last_line(path: Path, since: int = 0) -> str:
    """The last line with something on it after the first `since` bytes; empty where there is none."""
    try:
        with path.open("rb") as log:
            log.seek(max(since, path.stat().st_size - _TAIL_BYTES), os.SEEK_SET)
            lines = log.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def tail(path: Path, lines: int) -> list[str]:
    """The last `lines` lines."""
    with path.open(encoding="utf-8", errors="replace") as log:
        return [line.rstrip("\n") for line in deque(log, maxlen=lines)]


def follow(path: Path, pause: Callable[[float], None] = sleep) -> Iterator[str]:
    """What is added to the file from now on, piece by piece, for ever; also once it was put aside."""
    begin = os.SEEK_END
    while True:
        with path.open(encoding="utf-8", errors="replace") as log:
            log.seek(0, begin)
            while (piece := log.read()) or not _put_aside(path, log):
                if piece:
                    yield piece
                else:
                    pause(0.3)
        begin = os.SEEK_SET


def _put_aside(path: Path, log: IO[str]) -> bool:
    try:
        return path.stat().st_ino != os.fstat(log.fileno()).st_ino
    except FileNotFoundError:
        return False  # not begun anew yet
