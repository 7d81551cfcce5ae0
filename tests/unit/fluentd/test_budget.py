"""Back-pressure: who wants more bytes than are left waits, and nobody waits for ever."""

import asyncio

from fluentd.budget import Budget


def test_a_taker_waits_until_there_is_room() -> None:
    async def scene() -> None:
        budget = Budget(100)
        await budget.take(60)
        waiting = asyncio.create_task(budget.take(60))
        await asyncio.sleep(0)
        assert not waiting.done()
        await budget.give(60)
        await waiting
        assert budget.used == 60

    asyncio.run(scene())


def test_more_than_the_limit_passes_alone() -> None:
    async def scene() -> None:
        budget = Budget(100)
        await budget.take(500)
        small = asyncio.create_task(budget.take(1))
        await asyncio.sleep(0)
        assert not small.done()
        await budget.give(500)
        await small

    asyncio.run(scene())
