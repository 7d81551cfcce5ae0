"""The way into Kafka: batches of messages, each settled once Kafka has acknowledged all of it."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Lock, Thread

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka import Message as Delivered
from confluent_kafka import Producer as Client

from fluentd.routes import Message
from fluentd.settings import Kafka
from telemetry.clock import duration
from telemetry.errors import SettingsError
from telemetry.topics import ROUTES

__all__ = ["Producer", "Settled", "open_producer"]

_log = logging.getLogger(__name__)
_POLL_S = 0.1

Settled = Callable[[str | None], None]
"""Called once per batch in the producer's thread: None when Kafka has all of it, else why not."""


class Producer:
    """Idempotent, acks=all. Delivery reports are taken in a thread of their own, never in the caller's."""

    def __init__(self, settings: Kafka) -> None:
        self.on_fatal: Callable[[str], object] = _log.error
        """Called in the producer's thread when the client can send nothing more, ever."""
        self._settings = settings
        self._stop = Event()
        try:
            self._client = Client({**_options(settings), "error_cb": self._on_error}, logger=_log)
        except KafkaException as why:
            raise SettingsError(f"Kafka's client refuses the settings in [kafka]: {_text(why)}.") from why
        self._thread = Thread(target=self._poll, name="kafka-delivery", daemon=True)
        self._thread.start()

    def send(self, batch: Sequence[Message], settled: Settled) -> None:
        """Hand `batch` to the client; returns at once. An empty batch is settled at once."""
        if not batch:
            settled(None)
            return
        report = _Report(len(batch), settled)
        sent = 0
        try:
            for topic, key, value in batch:
                self._client.produce(topic, value, key, on_delivery=report)
                sent += 1
        except (KafkaException, BufferError) as why:
            report.settle(len(batch) - sent, _text(why))

    def unreachable(self, timeout: float) -> str | None:
        """Why nothing can be delivered: the cluster does not answer, or has not our topics. Else None."""
        try:
            there = self._client.list_topics(timeout=timeout).topics
        except KafkaException as why:
            return f"{self._settings.bootstrap} does not answer ({_text(why)})"
        missing = [route.topic.name for route in ROUTES if route.topic.name not in there]
        return f"no topic {', '.join(missing)}: make the topics first" if missing else None

    def close(self) -> None:
        """Ends the thread; what Kafka has not acknowledged by then stays unsettled."""
        self._stop.set()
        self._thread.join()
        self._client.purge()
        self._client.flush(1.0)

    def _poll(self) -> None:
        while not self._stop.is_set():
            self._client.poll(_POLL_S)

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal():
            self.on_fatal(error.str())


class _Report:
    """Counts the delivery reports of one batch. The caller's thread and the poll thread both report."""

    def __init__(self, count: int, settled: Settled) -> None:
        self._left = count
        self._settled = settled
        self._error: str | None = None
        self._lock = Lock()

    def __call__(self, error: KafkaError | None, _message: Delivered) -> None:
        self.settle(1, error.str() if error is not None else None)

    def settle(self, count: int, error: str | None) -> None:
        """`count` messages are in Kafka, or will never be there because of `error`."""
        with self._lock:
            self._error = error or self._error
            self._left -= count
            done = not self._left
        if done:
            self._settled(self._error)


@contextmanager
def open_producer(settings: Kafka) -> Iterator[Producer]:
    """A producer for the block; SettingsError where the client refuses the settings."""
    producer = Producer(settings)
    try:
        yield producer
    finally:
        producer.close()


def _options(settings: Kafka) -> dict[str, str | int | float | bool]:
    """librdkafka's names; its queue is unbounded in messages, since the callers bound the bytes."""
    return {
        "bootstrap.servers": settings.bootstrap,
        "client.id": "farmstream-fluentd",
        "acks": "all",
        "enable.idempotence": True,
        "message.timeout.ms": int(settings.delivery_timeout_s * 1000),
        "message.max.bytes": settings.max_record,
        "batch.size": settings.batch,
        "linger.ms": duration(settings.linger) * 1000,
        "compression.type": settings.compression,
        "queue.buffering.max.messages": 0,
        "queue.buffering.max.kbytes": 2**21 - 1,
        "reconnect.backoff.max.ms": 1000,
        "log.connection.close": False,
    }


def _text(why: KafkaException | BufferError) -> str:
    cause = why.args[0] if why.args else why
    return cause.str() if isinstance(cause, KafkaError) else str(cause)
