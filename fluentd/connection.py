"""One sender's connection: chunks in, an ack for each once Kafka has acknowledged all of its records."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Protocol

from fluentd.budget import Budget
from fluentd.errors import ProtocolError
from fluentd.health import Counts
from fluentd.producer import Settled
from fluentd.protocol import Chunk, Decoder, encode_ack
from fluentd.routes import Message, messages
from telemetry.clock import utc_now

__all__ = ["Connection", "Sender", "Shared"]

_log = logging.getLogger(__name__)
_READ = 64 * 2**10


class Sender(Protocol):
    """What a connection needs of the producer."""

    def send(self, batch: list[Message], settled: Settled) -> None:
        """Calls `settled` once, from any thread, with None or with why not all of `batch` is in Kafka."""


@dataclass(frozen=True)
class Shared:
    """What all connections use together."""

    sender: Sender
    budget: Budget
    counts: Counts
    max_record: int


class Connection:
    """Runs until the sender hangs up, speaks something else, or a chunk fails."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, decoder: Decoder, shared: Shared
    ) -> None:
        self._reader, self._writer = reader, writer
        self._decoder, self._shared = decoder, shared
        self._settling: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._peer = writer.get_extra_info("peername")

    async def run(self) -> None:
        """Reads to the end, settles what was read, closes. A sender's error is logged, never raised."""
        try:
            while not self._stopping and (data := await self._reader.read(_READ)):
                for chunk in self._decoder.feed(data):
                    await self._take(chunk)
                await self._writer.drain()  # who reads no acks gets to send no more
            await self.settled()
        except ProtocolError as why:
            self._shared.counts.refused.inc()
            _log.warning("Connection from %s closed. %s", self._peer, why)
        except OSError as why:
            _log.info("Connection from %s lost: %s.", self._peer, why.strerror or type(why).__name__)
        finally:
            self._writer.close()

    def stop(self) -> None:
        """Takes no more chunks; those that were taken still settle."""
        self._stopping = True

    async def settled(self) -> None:
        """Waits until all chunks taken so far have been acknowledged or have failed."""
        while self._settling:
            await asyncio.wait(self._settling)

    async def _take(self, chunk: Chunk) -> None:
        batch = messages(chunk, self._shared.max_record, utc_now())
        size = sum(len(message.value) for message in batch)
        await self._shared.budget.take(size)
        if self._writer.is_closing():  # an earlier chunk failed: its sender sends this one again, too
            await self._shared.budget.give(size)
            return
        self._shared.counts.received.inc(len(batch))
        task = asyncio.create_task(self._settle(chunk, batch, size))
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def _settle(self, chunk: Chunk, batch: list[Message], size: int) -> None:
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[str | None] = loop.create_future()

        def settled(error: str | None) -> None:
            loop.call_soon_threadsafe(_resolve, outcome, error)

        self._shared.sender.send(batch, settled)
        error = await outcome
        await self._shared.budget.give(size)
        self._shared.counts.settled(len(batch), error)
        if error is not None:
            self._fail(chunk, error)
        elif chunk.id is not None and not self._writer.is_closing():
            self._writer.write(encode_ack(chunk.id))

    def _fail(self, chunk: Chunk, error: str) -> None:
        if not self._writer.is_closing():  # one sentence for all chunks of a connection
            _log.warning("A chunk of %s did not get into Kafka (%s): connection closed.", chunk.tag, error)
        self._writer.transport.abort()


def _resolve(outcome: asyncio.Future[str | None], error: str | None) -> None:
    if not outcome.done():  # cancelled at the end of the process
        outcome.set_result(error)
