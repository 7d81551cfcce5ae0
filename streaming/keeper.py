"""Keeps queries running: one that fails is started again, with growing pauses, until it has failed too long.

Outages of Kafka or Cassandra end a query; its checkpoint makes starting it again harmless.

NotStarted             a query could not be started
GivenUp                a query failed again and again
"""

import logging
import re
from collections.abc import Callable, Iterable
from typing import Protocol

from telemetry.errors import FarmstreamError

__all__ = ["GivenUp", "Keeper", "NotStarted", "Query", "cause"]

_log = logging.getLogger(__name__)
_FIRST, _LONGEST = 1.0, 30.0
_OUR_ERROR = re.compile(r"^(?:storage|streaming|telemetry)\.[\w.]+: (.+)$", re.MULTILINE)


class NotStarted(FarmstreamError):
    """`name` could not be started; the text says why."""

    def __init__(self, name: str, why: Exception) -> None:
        super().__init__(f"Query {name} did not start: {cause(why)}")


class GivenUp(FarmstreamError):
    """A query has failed again and again; the text names it and the last reason."""


class Query(Protocol):
    """What the keeper needs of a StreamingQuery."""

    @property
    def isActive(self) -> bool: ...

    def exception(self) -> Exception | None: ...

    def stop(self) -> None: ...


class Keeper:
    """Calls `start(name)` for each of `names`; GivenUp after `give_up_after` seconds without a batch.

    A query that does not even start the first time is NotStarted: then it is not an outage.
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

    def renew(self, name: str) -> None:
        """Stop a query, and start it again with the next `check`: what it was built from has changed."""
        kept = self._kept[name]
        if kept.query.isActive:
            kept.query.stop()
            kept.due = self._clock()

    def check(self) -> None:
        """To be called about every second."""
        for name, kept in self._kept.items():
            if kept.query.isActive:
                continue
            if kept.due is None:
                self._failed(name, kept, cause(kept.query.exception()))
            elif self._clock() >= kept.due:
                self._again(name, kept)

    def _again(self, name: str, kept: "_Kept") -> None:
        try:
            kept.query, kept.due = self._start(name), None
        except NotStarted as why:
            self._failed(name, kept, str(why))

    def _failed(self, name: str, kept: "_Kept", reason: str) -> None:
        now, done = self._clock(), self._batches(name)
        if kept.since is None or done != kept.done:
            kept.since, kept.done, kept.pause = now, done, _FIRST
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


def cause(why: Exception | None) -> str:
    """One line of what Spark says: our own error, raised in one of its workers, or else the first line."""
    text = str(why or "").strip() or "it ended without a reason"
    ours = _OUR_ERROR.findall(text)
    return (ours[-1] if ours else text.splitlines()[0])[:400]
