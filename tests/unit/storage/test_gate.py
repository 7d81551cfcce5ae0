"""The gate: how many pass, and how that number falls and grows."""

import asyncio

from storage.gate import LEAST, SETTLE, Gate


def test_no_more_than_the_limit_are_inside() -> None:
    async def main() -> int:
        gate, inside, most = Gate(3), 0, 0

        async def one() -> None:
            nonlocal inside, most
            async with gate:
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0)
                inside -= 1

        async with asyncio.TaskGroup() as tasks:
            for _ in range(50):
                tasks.create_task(one())
        return most

    assert asyncio.run(main()) == 3


def test_it_falls_by_half_once_for_what_is_in_flight_and_grows_again() -> None:
    async def main() -> None:
        now = [0.0]
        gate = Gate(64, lambda: now[0])
        for _ in range(30):
            gate.overloaded()
        assert gate.limit == 32
        for _ in range(10):
            now[0] += SETTLE
            gate.overloaded()
        assert gate.limit == LEAST
        for _ in range(5000):
            async with gate:
                pass
        assert gate.limit == 64

    asyncio.run(main())


def test_those_who_wait_get_in_when_one_fails() -> None:
    async def main() -> list[int]:
        gate, done = Gate(1), []

        async def one(number: int) -> None:
            async with gate:
                await asyncio.sleep(0)
                if number == 0:
                    raise ValueError
                done.append(number)

        await asyncio.gather(*(one(n) for n in range(4)), return_exceptions=True)
        return done

    assert asyncio.run(main()) == [1, 2, 3]
