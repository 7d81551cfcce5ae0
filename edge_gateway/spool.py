"""The durable spool: readings wait here, on disk, from the device's acknowledgement to Fluentd's.

One side commits batches; the other takes the oldest rows, and gives them up once they are acknowledged
further on. `tests/contract` runs one suite over every implementation.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Batch", "Row", "Spool"]


class Row(NamedTuple):
    """One entry: its number (ever growing), its route (index in telemetry.topics.ROUTES), msgpack bytes."""

    number: int
    route: int
    entry: bytes


@dataclass
class Batch:
    """What one commit writes: entries, and the memory of what they were (see edge_gateway.memory)."""

    entries: list[tuple[int, bytes]] = field(default_factory=list)
    boards: list[tuple[str, bytes]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    rejects: list[str] = field(default_factory=list)


class Spool(AbstractContextManager["Spool"], ABC):
    """Commit is called by one thread, take and release by one other."""

    identity: str
    """Distinguishes this spool's row numbers from those of any other spool, for ever."""

    @property
    @abstractmethod
    def rows(self) -> int:
        """How many rows wait."""

    @abstractmethod
    def commit(self, batch: Batch) -> None:
        """Write all of it or nothing; on disk when it returns. SpoolFull where there is no room now."""

    @abstractmethod
    def take(self, limit: int) -> list[Row]:
        """Return up to `limit` of the oldest rows; they stay until released, and are the same next time."""

    @abstractmethod
    def release(self, rows: Iterable[Row]) -> None:
        """Forget these rows, which are the oldest ones: they are safe elsewhere."""

    @abstractmethod
    def wait(self, seconds: float) -> None:
        """Return when there are rows, or after `seconds`."""

    @abstractmethod
    def oldest(self) -> float | None:
        """Epoch seconds at which the oldest row was committed."""

    @abstractmethod
    def boards(self) -> list[tuple[str, bytes]]:
        """The memory of boards, longest unheard of first."""

    @abstractmethod
    def rejects(self) -> list[str]:
        """The remembered reject ids, oldest first."""
