"""Ports that pipelines of this user have taken: a lock on a file for each, which no crash leaves behind.

Between the choice of a port and the moment when a server listens there lie seconds, in which a second
pipeline would find the same port free.
"""

from contextlib import ExitStack
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from types import TracebackType

__all__ = ["Claims"]


class Claims:
    """A context manager: what was taken inside is given back at its end, or with the process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held = ExitStack()
        self._mine: set[int] = set()

    def __enter__(self) -> "Claims":
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._mine.clear()
        self._held.close()

    def take(self, port: int) -> bool:
        """Whether the port is ours now; false where another pipeline has it."""
        if port in self._mine:
            return True
        with ExitStack() as attempt:
            file = attempt.enter_context((self._folder / f"{port}.lock").open("w"))
            try:
                flock(file, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                return False
            self._held.push(attempt.pop_all())
        self._mine.add(port)
        return True
