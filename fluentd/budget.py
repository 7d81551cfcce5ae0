"""Back-pressure: bytes on their way, over all connections; who wants more than is left waits."""

import asyncio

__all__ = ["Budget"]


class Budget:
    """`limit` bytes; a single taker of more than that waits until it is alone."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self._freed = asyncio.Condition()

    async def take(self, size: int) -> None:
        """Waits until `size` more bytes fit."""
        async with self._freed:
            await self._freed.wait_for(lambda: not self.used or self.used + size <= self.limit)
            self.used += size

    async def give(self, size: int) -> None:
        """`size` bytes have settled."""
        async with self._freed:
            self.used -= size
            self._freed.notify_all()
