"""How many requests may be in flight: fewer when Cassandra says that it is too much, then more again."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Self

__all__ = ["Gate"]

LEAST = 4
SETTLE = 1.0
"""Seconds after a step down: what is in flight then fails for the same reason, and is no second one."""


class Gate:
    """An async context for each request; for one loop. The limit falls by half and grows by one a round."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit, self._most, self._clock = float(most), most, clock
        self._under_way, self._fell = 0, -SETTLE
        self._waiting: deque[asyncio.Future[None]] = deque()

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
            self.limit = min(self._most, self.limit + 1 / self.limit)
        free = int(self.limit) - self._under_way
        while free > 0 and self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                free -= 1

    def overloaded(self) -> None:
        """A request was refused or timed out."""
        now = self._clock()
        if now - self._fell >= SETTLE:
            self._fell, self.limit = now, max(min(LEAST, self._most), self.limit / 2)
