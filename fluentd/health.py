"""What the collector says of itself: counters, whether Kafka answers, and the status of the two."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge

__all__ = ["Counts", "Health", "watch"]

_log = logging.getLogger(__name__)
_EVERY_S = 3.0
_TIMEOUT_S = 2.0


class Counts:
    """Records since the start, in Prometheus' format."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.received = self._counter("received", "Records taken from senders.")
        self.delivered = self._counter("delivered", "Records of chunks that Kafka has acknowledged.")
        self.failed = self._counter("failed", "Records of chunks that did not get into Kafka.")
        self.refused = self._counter("connections_refused", "Connections closed for what they sent.")
        self.in_flight = Gauge(
            "fluentd_in_flight_bytes", "Bytes handed to Kafka, not acknowledged.", registry=self.registry
        )
        self.last_error: str | None = None

    def settled(self, count: int, error: str | None) -> None:
        """A chunk of `count` records is in Kafka, or failed for the reason `error`."""
        self.last_error = error
        (self.failed if error else self.delivered).inc(count)

    def value(self, name: str) -> int:
        """The metric `fluentd_<name>` now."""
        return int(self.registry.get_sample_value(f"fluentd_{name}") or 0)

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(f"fluentd_{name}", text, registry=self.registry)


class Health:
    """`ok` while Kafka answers and the newest chunk got in; else `degraded`, saying why."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self.unreachable: str | None = "not reached yet"

    def status(self) -> dict[str, Any]:
        """The JSON of GET /health; counts are records since the start."""
        counts = self.counts
        reason = self.unreachable or counts.last_error
        return {
            "status": "degraded" if reason else "ok",
            "kafka": reason or "up",
            "received": counts.value("received_total"),
            "delivered": counts.value("delivered_total"),
            "failed": counts.value("failed_total"),
            "refused_connections": counts.value("connections_refused_total"),
            "in_flight_bytes": counts.value("in_flight_bytes"),
        }

    def ask(self, unreachable: Callable[[float], str | None]) -> None:
        """Takes Kafka's answer now, and logs it where it changed."""
        before, self.unreachable = self.unreachable, unreachable(_TIMEOUT_S)
        if before and self.unreachable is None:
            self.counts.last_error = None
        if before != self.unreachable:
            _log.info("Kafka: %s.", self.unreachable or "up")


@contextmanager
def watch(health: Health, unreachable: Callable[[float], str | None]) -> Iterator[None]:
    """Asks every few seconds, in a thread, whether Kafka answers."""
    stop = Event()

    def ask() -> None:
        while not stop.is_set():
            health.ask(unreachable)
            stop.wait(_EVERY_S)

    thread = Thread(target=ask, name="kafka-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
