"""The event loop: sources hand in, a group commit makes it durable, then the sources acknowledge.

One thread does all of it, so that a reading costs no lock and no hop; each source takes a bounded piece at a
turn. The only other threads are the one that empties the spool and the one that answers HTTP.
"""

import logging
import threading
import time
from collections.abc import Callable
from selectors import BaseSelector
from typing import NamedTuple

from edge_gateway.errors import SpoolFull
from edge_gateway.intake import Intake
from edge_gateway.sources import Source
from edge_gateway.spool import Batch, Spool

__all__ = ["TICK_S", "GroupCommit", "Pipeline"]

log = logging.getLogger(__name__)

TICK_S = 0.1
"""Seconds between ticks of the sources, and between attempts while the spool is full."""


class GroupCommit(NamedTuple):
    """A commit comes after so many inputs, or so many seconds after the first of them."""

    rows: int = 1000
    after_s: float = 0.005


class Pipeline:
    """Turns sources' input into commits, and commits into acknowledgements.

    The selector's keys carry a function that is called with the events. While the spool takes nothing the
    batch at hand is kept, the sources are paused, and nothing is acknowledged.
    """

    def __init__(
        self,
        spool: Spool,
        intake: Intake,
        selector: BaseSelector,
        group: GroupCommit,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sources: list[Source] = []
        self.problem: str | None = None
        self._spool, self._intake, self._selector = spool, intake, selector
        self._group, self._clock = group, clock
        self._due = self._next_tick = 0.0
        self._held: Batch | None = None

    def run(self, stopping: threading.Event) -> None:
        """Turn until `stopping`, then commit and acknowledge what is at hand."""
        while not stopping.is_set():
            self.turn()
        if self._intake.pending:
            self._commit()

    def turn(self) -> None:
        """Wait for input, the next commit or the next tick, and do what is due."""
        now = self._clock()
        for key, events in self._selector.select(max(0.0, self._wake(now) - now)):
            key.data(events)
            if self._intake.pending >= self._group.rows:
                self._commit()
        now = self._clock()
        if self._intake.pending:
            self._due = self._due or now + self._group.after_s
            if now >= self._due:
                self._commit()
        if now >= self._next_tick:
            self._next_tick = now + TICK_S
            self._tick(now)

    def _wake(self, now: float) -> float:
        return min(self._due or now + TICK_S, self._next_tick)

    def _tick(self, now: float) -> None:
        if self._held is not None:
            self._write(self._held)
        for source in self.sources:
            source.tick(now)

    def _commit(self) -> None:
        if self._held is None:
            self._due = 0.0
            self._write(self._intake.batch())

    def _write(self, batch: Batch) -> None:
        try:
            self._spool.commit(batch)
        except SpoolFull as why:
            self._hold(batch, str(why))
            return
        if self._held is not None:
            self._held = self.problem = None
            log.warning("The spool takes readings again.")
            self._each(lambda source: source.resume())
        self._each(lambda source: source.settle())

    def _hold(self, batch: Batch, why: str) -> None:
        self.problem = why
        if self._held is None:
            self._held = batch
            log.warning(
                "%s Nothing is acknowledged until there is room; the boards keep their readings.", why
            )
            self._each(lambda source: source.pause())

    def _each(self, do: Callable[[Source], None]) -> None:
        for source in self.sources:
            do(source)
