"""The gateway's own parts on board time: everything real but the clock, so that minutes take seconds."""

import selectors
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from edge_gateway.intake import Counts, Intake
from edge_gateway.memory import Memory, RejectMemory
from edge_gateway.notes import Notes
from edge_gateway.pipeline import GroupCommit, Pipeline
from edge_gateway.settings import SerialSettings
from edge_gateway.sources.serial import SerialPorts
from edge_gateway.sqlite_spool import SqliteSpool
from edge_gateway.stamp import Stamp
from firmware.simulated_board import SimulatedBoard

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
"""The time of day at which board time begins."""

_LIMITS = Stamp("bench", max_ahead=timedelta(minutes=10), late_after=timedelta(seconds=60))
_SLICE_S = 0.1


class _Unhurried(selectors.DefaultSelector):
    """Never waits: board time stands still meanwhile."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(0)


class BenchGateway:
    """Spool, memory, intake, event loop and serial source, on one board."""

    def __init__(self, board: SimulatedBoard, spool: SqliteSpool) -> None:
        self._board, self._spool = board, spool
        self._memory, self._rejects = Memory(10), RejectMemory(10)
        self.counts = Counts()

    @contextmanager
    def there(self) -> Iterator[Callable[[float], None]]:
        """The gateway runs; it is given a function that lets seconds of board time pass."""
        intake = Intake(_LIMITS, self._memory, self._rejects, self.now)
        intake.counts = self.counts
        settings = SerialSettings(ports=(str(self._board.port),))
        with _Unhurried() as selector:
            clock = self._board.time
            pipeline = Pipeline(self._spool, intake, selector, GroupCommit(after_s=0.0), clock)
            source = SerialPorts(settings, selector, intake, Notes(), lambda: self.now().timestamp())
            pipeline.sources.append(source)
            source.tick(clock())

            def run(seconds: float) -> None:
                until = clock() + seconds
                while clock() < until:
                    self._board.step(_SLICE_S)
                    pipeline.turn()

            yield run
            source.close()
        self._board.time()  # it sees its port closed

    def now(self) -> datetime:
        """Board time as a time of day: what a right clock says."""
        return START + timedelta(seconds=self._board.time())

    def stored(self) -> list[dict[str, Any]]:
        """What the spool holds, in order."""
        return [msgspec.msgpack.decode(row.entry)[1] for row in self._spool.take(100_000)]
