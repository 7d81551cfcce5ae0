"""A connection over a real socket: what is acknowledged when, with the producer's answers at hand."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import msgpack
import pytest

from fluentd.budget import Budget
from fluentd.connection import Connection, Shared
from fluentd.health import Counts
from fluentd.producer import Settled
from fluentd.protocol import Decoder
from fluentd.routes import Message


@dataclass
class HeldBack:
    """A producer whose Kafka answers when the test says so."""

    batches: list[list[Message]] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)

    def send(self, batch: list[Message], settled: Settled) -> None:
        self.batches.append(batch)
        self.settled.append(settled)

    async def has(self, count: int) -> None:
        while len(self.settled) < count:
            await asyncio.sleep(0.001)


@dataclass
class Scene:
    """The sender's side of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    kafka: HeldBack
    shared: Shared

    def send(self, chunk: str | None, count: int = 1, tag: str = "farm.reading") -> None:
        entries = [[1, {"id": str(n)}] for n in range(count)]
        self.writer.write(msgpack.packb([tag, entries, {"chunk": chunk} if chunk else None]))

    async def answer(self) -> object:
        return msgpack.unpackb(await self.reader.readexactly(len(msgpack.packb({"ack": "1"}))))

    async def closed(self) -> bool:
        with suppress(ConnectionError):
            return await self.reader.read() == b""
        return True


def play(scene: Callable[[Scene], Awaitable[None]], limit: int = 10_000) -> None:
    """Runs `scene` against one connection."""

    async def stage() -> None:
        kafka = HeldBack()
        shared = Shared(kafka, Budget(limit), Counts(), 1_000)

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await Connection(reader, writer, Decoder(10_000), shared).run()

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await scene(Scene(reader, writer, kafka, shared))
        writer.close()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(stage(), 60))


def test_a_chunk_is_acknowledged_once_kafka_has_it_and_not_before() -> None:
    async def scene(a: Scene) -> None:
        a.send("1", count=3)
        await a.kafka.has(1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(a.reader.read(1), 0.05)
        a.kafka.settled[0](None)
        assert await a.answer() == {"ack": "1"}
        assert [len(batch) for batch in a.kafka.batches] == [3]

    play(scene)


def test_chunks_are_acknowledged_in_the_order_of_kafka() -> None:
    async def scene(a: Scene) -> None:
        a.send("1")
        a.send("2")
        await a.kafka.has(2)
        a.kafka.settled[1](None)
        assert await a.answer() == {"ack": "2"}
        a.kafka.settled[0](None)
        assert await a.answer() == {"ack": "1"}

    play(scene)


def test_a_failed_chunk_closes_the_connection_without_an_ack() -> None:
    async def scene(a: Scene) -> None:
        a.send("1")
        await a.kafka.has(1)
        a.kafka.settled[0]("no leader")
        assert await a.closed()
        assert a.shared.counts.value("failed_total") == 1
        assert a.shared.budget.used == 0

    play(scene)


def test_a_chunk_without_an_id_is_delivered_unanswered() -> None:
    async def scene(a: Scene) -> None:
        a.send(None)
        a.send("2")
        await a.kafka.has(2)
        for settled in a.kafka.settled:
            settled(None)
        assert await a.answer() == {"ack": "2"}
        assert a.shared.counts.value("delivered_total") == 2

    play(scene)


def test_an_unknown_tag_closes_and_is_not_acknowledged() -> None:
    async def scene(a: Scene) -> None:
        a.send("1", tag="farm.nothing")
        assert await a.closed()
        assert a.kafka.batches == []
        assert a.shared.counts.value("connections_refused_total") == 1

    play(scene)


def test_what_was_taken_is_acknowledged_after_the_sender_said_its_last() -> None:
    async def scene(a: Scene) -> None:
        a.send("1")
        a.writer.write_eof()
        await a.kafka.has(1)
        a.kafka.settled[0](None)
        assert await a.answer() == {"ack": "1"}

    play(scene)


def test_a_full_budget_stops_reading_until_kafka_answers() -> None:
    async def scene(a: Scene) -> None:
        for chunk in "123":
            a.send(chunk)
        await a.kafka.has(1)
        await asyncio.sleep(0.05)
        assert len(a.kafka.batches) == 1
        a.kafka.settled[0](None)
        await a.kafka.has(2)
        assert await a.answer() == {"ack": "1"}
        a.kafka.settled[1](None)
        await a.kafka.has(3)
        a.kafka.settled[2](None)

    play(scene, limit=12)
