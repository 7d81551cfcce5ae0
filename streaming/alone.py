"""One application to a checkpoint folder, also after a `kill -9` of the one before.

Spark's JVM outlives a killed Python process by a moment, and two of them on one checkpoint damage each
other's batches. The lock tells a second application apart from such a leftover.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import psutil

from telemetry.errors import FarmstreamError

__all__ = ["AlreadyRunning", "alone", "marker_of"]

_PATIENCE = 5.0


class AlreadyRunning(FarmstreamError):
    """Another application works on the same checkpoints."""


def marker_of(checkpoints: Path) -> str:
    """A word for the JVM's command line that names these checkpoints."""
    return sha256(str(checkpoints.resolve()).encode()).hexdigest()[:16]


@contextmanager
def alone(checkpoints: Path) -> Iterator[None]:
    """Hold the folder; ends JVMs that an earlier application has left. AlreadyRunning if it is in use."""
    checkpoints.mkdir(parents=True, exist_ok=True)
    with (checkpoints / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as why:
            raise AlreadyRunning(
                f"Another streaming application works on {checkpoints}: stop it first, or use another folder."
            ) from why
        _end_leftovers(f"-Dfarmstream={marker_of(checkpoints)}")
        yield


def _end_leftovers(word: str) -> None:
    left = [process for process in psutil.process_iter() if word in _command(process)]
    _, alive = psutil.wait_procs(left, timeout=_PATIENCE)  # it ends by itself when its Python is gone
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=_PATIENCE)


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
