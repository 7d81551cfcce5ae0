"""The embedded collector: Fluentd's forward protocol in, Kafka out, where no Fluentd is installed.

python -m fluentd.collector --config collector.toml
"""

import argparse
import asyncio
import logging
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

from fluentd.budget import Budget
from fluentd.connection import Connection, Shared
from fluentd.health import Counts, Health, watch
from fluentd.producer import Producer, open_producer
from fluentd.protocol import Decoder
from fluentd.settings import Settings
from telemetry.errors import FarmstreamError, SettingsError
from telemetry.health import serve_health
from telemetry.settings import load_settings

__all__ = ["Collector", "main"]

_log = logging.getLogger(__name__)
_FLUSH_S = 10.0


class Collector:
    """Accepts senders until told to stop; then takes no more, settles what is on its way, and ends."""

    def __init__(self, settings: Settings, producer: Producer, counts: Counts) -> None:
        self._listen = settings.listen
        self._shared = Shared(producer, Budget(settings.kafka.in_flight), counts, settings.kafka.max_record)
        counts.in_flight.set_function(lambda: self._shared.budget.used)
        self._open: dict[Connection, asyncio.Task[None] | None] = {}
        self._stop = asyncio.Event()
        self._error: str | None = None

    def stop(self, error: str | None = None) -> None:
        """Ends `run`, with FarmstreamError where there is an error. For the loop's thread."""
        self._error = error
        self._stop.set()

    async def run(self) -> None:
        """SettingsError where the port is taken."""
        host, port = self._listen.host, self._listen.port
        try:
            server = await asyncio.start_server(self._accept, host, port)
        except OSError as why:
            raise SettingsError(f"Cannot listen on {host}:{port}: {why.strerror}.") from why
        _log.info("Listening on %s.", ", ".join(str(sock.getsockname()) for sock in server.sockets))
        await self._stop.wait()
        server.close()
        await self._settle()
        if self._error:
            raise FarmstreamError(f"The Kafka client cannot go on: {self._error}. Start the collector again.")

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer, Decoder(self._listen.max_message), self._shared)
        self._open[connection] = asyncio.current_task()
        try:
            await connection.run()
        finally:
            del self._open[connection]

    async def _settle(self) -> None:
        for connection in self._open:
            connection.stop()
        waiting = [asyncio.ensure_future(connection.settled()) for connection in self._open]
        if waiting:
            await asyncio.wait(waiting, timeout=_FLUSH_S)
        if left := self._shared.budget.used:
            _log.warning("%d bytes were not acknowledged: their senders send them again.", left)
        tasks = [task for task in self._open.values() if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(settings: Settings) -> None:
    loop, counts = asyncio.get_running_loop(), Counts()
    health, http = Health(counts), settings.http
    with ExitStack() as stack:
        producer = stack.enter_context(open_producer(settings.kafka))
        stack.enter_context(watch(health, producer.unreachable))
        stack.enter_context(serve_health(http.host, http.port, health.status, counts.registry))
        collector = Collector(settings, producer, counts)
        producer.on_fatal = lambda why: loop.call_soon_threadsafe(collector.stop, why)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, collector.stop)
        await collector.run()


def main(config: Path) -> int:
    """Runs until SIGTERM; 0 then, 1 after one sentence where it cannot run."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        asyncio.run(_run(load_settings(config, Settings)))
    except FarmstreamError as why:
        sys.stderr.write(f"{why}\n")
        return 1
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m fluentd.collector", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="collector.toml")
    sys.exit(main(parser.parse_args().config))
