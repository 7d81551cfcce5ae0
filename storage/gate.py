"""How many requests may be in flight: fewer when Cassandra says that it is too much, then more again."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Self

__all__ = ["Gate", "Limit"]

LEAST = 4
SETTLE = 1.0
"""Seconds after a step down: what is in flight then fails for the same reason, and is no second one."""


class Limit:
    """Requests at a time: `now` falls by half, and grows by one with as many as it that went well."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.now, self._most, self._clock, self._fell = float(most), most, clock, -SETTLE

    def went_well(self, requests: int = 1) -> None:
        """So many were answered."""
        self.now = min(self._most, self.now + requests / self.now)

    def overloaded(self) -> None:
        """A request was refused or timed out."""
        now = self._clock()
        if now - self._fell >= SETTLE:
            self._fell, self.now = now, max(min(LEAST, self._most), self.now / 2)


class Gate:
    """An async context for each request; for one loop."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = Limit(most, clock)
        self.overloaded = self._limit.overloaded
        self._under_way = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def limit(self) -> float:
        """How many may be inside now."""
        return self._limit.now

    async def __aenter__(self) -> Self:
        while self._under_way >= int(self.limit):
            place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            await place
        self._under_way += 1
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._under_way -= 1
        if kind is None:
            self._limit.went_well()
        free = int(self.limit) - self._under_way
        while free > 0 and self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                free -= 1
