"""`GET /health` (JSON) and `GET /metrics` (Prometheus), on loopback unless configured."""

import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from telemetry.errors import FarmstreamError

__all__ = ["Health", "HealthServer"]

Health = Callable[[], dict[str, Any]]
"""Makes the object that `/health` shows."""

_COUNTERS = {
    "received": "Readings and refused inputs that came from the sources.",
    "accepted": "Readings that were taken for the spool.",
    "duplicates": "Readings that had been taken before; acknowledged again and dropped.",
    "rejected": "Inputs that were no readings.",
    "forwarded": "Entries that Fluentd acknowledged.",
}


class HealthServer:
    """Serves in a thread of its own; a context manager. `port` is the real one where 0 was asked for."""

    def __init__(self, host: str, port: int, health: Health) -> None:
        registry = CollectorRegistry()
        registry.register(_Metrics(health))
        handler = type("Handler", (_Handler,), {"health": staticmethod(health), "registry": registry})
        try:
            self._server = ThreadingHTTPServer((host, port), handler)
        except OSError as why:
            raise FarmstreamError(f"Cannot serve HTTP on {host}:{port}: {why.strerror}.") from why
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="http", daemon=True
        )

    def __enter__(self) -> "HealthServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    health: Health
    registry: CollectorRegistry
    timeout = 10

    def do_GET(self) -> None:
        if self.path == "/health":
            self._answer(msgspec.json.encode(self.health()), "application/json")
        elif self.path == "/metrics":
            self._answer(generate_latest(self.registry), CONTENT_TYPE_LATEST)
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a line for each poll would fill the log."""


class _Metrics(Collector):
    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        now = self._health()
        for name, text in _COUNTERS.items():
            yield CounterMetricFamily(f"farmstream_gateway_{name}", text, value=now[name])
        prefix = "farmstream_gateway_"
        yield GaugeMetricFamily(f"{prefix}spooled", "Entries in the spool.", value=now["spooled"])
        yield GaugeMetricFamily(
            f"{prefix}oldest_seconds", "Age of the oldest entry in the spool.", value=now["oldest_s"] or 0
        )
        yield GaugeMetricFamily(f"{prefix}up", "1 where all is well.", value=int(now["status"] == "ok"))
        sources = GaugeMetricFamily(f"{prefix}source_up", "1 where the source is well.", labels=["source"])
        for name, state in now["sources"].items():
            sources.add_metric([name], int(state == "ok"))
        yield sources
