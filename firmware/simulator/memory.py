"""The boards' memory over a run: which boots are not on disk yet, and what the last run left."""

from collections.abc import Iterator
from pathlib import Path

from firmware.simulator.board import Board
from firmware.simulator.state import Kept, load_state, save_state

__all__ = ["Memory"]


class Memory:
    """Reads `path` once, and replaces it when a board has booted and at the end; None keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path, self._saved = path, load_state(path)
        self._booted: list[Board] = []
        self._elsewhere: list[Kept] = []

    @property
    def boots(self) -> dict[str, int]:
        """The last boot of each board that ever ran."""
        return self._saved.boots

    def take_up(self, boards: list[Board]) -> Iterator[tuple[Board, Kept]]:
        """What these boards kept; what belongs to boards that do not run now stays in the file."""
        known = {board.sensor.sensor_id: board for board in boards}
        self._elsewhere = [kept for kept in self._saved.kept if kept.id not in known]
        return ((known[kept.id], kept) for kept in self._saved.kept if kept.id in known)

    def booted(self, board: Board) -> None:
        """A board has a new boot number, which must be on disk before it is sent."""
        self._saved.boots[board.sensor.sensor_id] = board.boot
        self._booted.append(board)

    def save_boots(self) -> list[Board]:
        """Make the new numbers durable; returns the boards that may speak of them now."""
        if not self._booted:
            return []
        save_state(self._path, self._saved)
        booted, self._booted = self._booted, []
        return booted

    def save(self, kept: list[Kept]) -> None:
        """The orderly end: what is not acknowledged is kept for the next run."""
        self._saved.kept = [*self._elsewhere, *kept]
        save_state(self._path, self._saved)
