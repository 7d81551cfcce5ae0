"""Keeps queries running: one that fails is started again, with growing pauses, until it has failed too long.

Outages of Kafka or Cassandra end a query; its checkpoint makes starting it again harmless.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Protocol

from telemetry.errors import FarmstreamError

__all__ = ["GivenUp", "Keeper", "Query"]

_log = logging.getLogger(__name__)
_FIRST, _LONGEST = 1.0, 30.0


class GivenUp(FarmstreamError):
    """A query has failed again and again; the text names it and the last reason."""


class Query(Protocol):
    """What the keeper needs of a StreamingQuery."""

    @property
    def isActive(self) -> bool: ...

    def exception(self) -> Exception | None: ...


class Keeper:
    """Calls `start(name)` for each of `names`; GivenUp after `give_up_after` seconds without a batch.

    `batches(name)` is a number that changes with each batch done; `clock` tells seconds.
    """

    def __init__(
        self,
        names: Iterable[str],
        start: Callable[[str], Query],
        batches: Callable[[str], int],
        give_up_after: float,
        clock: Callable[[], float],
    ) -> None:
        self._start, self._batches, self._clock, self._give_up_after = start, batches, clock, give_up_after
        self._kept = {name: _Kept(start(name)) for name in names}

    @property
    def queries(self) -> list[Query]:
        """The queries as they are now."""
        return [kept.query for kept in self._kept.values()]

    def check(self) -> None:
        """To be called about every second."""
        for name, kept in self._kept.items():
            if kept.query.isActive:
                continue
            if kept.due is None:
                self._failed(name, kept)
            elif self._clock() >= kept.due:
                kept.query, kept.due = self._start(name), None

    def _failed(self, name: str, kept: "_Kept") -> None:
        now, done = self._clock(), self._batches(name)
        if kept.since is None or done != kept.done:
            kept.since, kept.done, kept.pause = now, done, _FIRST
        reason = _first_line(kept.query.exception())
        if now - kept.since > self._give_up_after:
            raise GivenUp(f"Query {name} has failed for {now - kept.since:.0f} s, last with: {reason}")
        _log.error("Query %s failed and starts again in %.0f s: %s", name, kept.pause, reason)
        kept.due = now + kept.pause
        kept.pause = min(2 * kept.pause, _LONGEST)


class _Kept:
    def __init__(self, query: Query) -> None:
        self.query = query
        self.due: float | None = None
        self.since: float | None = None
        self.done = -1
        self.pause = _FIRST


def _first_line(why: Exception | None) -> str:
    return str(why).strip().splitlines()[0][:400] if why and str(why).strip() else "it ended without a reason"
