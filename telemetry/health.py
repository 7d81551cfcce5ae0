"""GET /health (JSON) and /metrics (Prometheus) of a component, served by a thread of its own."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import msgspec
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from telemetry.errors import SettingsError

__all__ = ["Status", "serve_health"]

Status = Callable[[], Mapping[str, Any]]
"""Called in the server's thread at each GET /health; its `status` is `ok`, or anything else for 503."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    status: Status
    registry: CollectorRegistry

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # a client that hangs up is no news
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout: ClassVar[float] = 10.0
    server_version = "farmstream"
    sys_version = ""

    def do_GET(self) -> None:
        match self.path.partition("?")[0]:
            case "/health":
                self._health()
            case "/metrics":
                encode, kind = choose_encoder(self.headers.get("Accept") or "")
                self._answer(HTTPStatus.OK, kind, encode(self.server.registry))
            case _:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"GET /health or /metrics.\n")

    def _health(self) -> None:
        told = dict(self.server.status())
        code = HTTPStatus.OK if told["status"] == "ok" else HTTPStatus.SERVICE_UNAVAILABLE
        self._answer(code, "application/json", msgspec.json.encode(told) + b"\n")

    def _answer(self, code: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Health checks come every few seconds: no line for each."""


@contextmanager
def serve_health(host: str, port: int, status: Status, registry: CollectorRegistry) -> Iterator[int]:
    """Serve while the block runs; yields the bound port (port 0 takes a free one).

    /health answers `status()` as JSON, 200 where its `status` is `ok` and 503 otherwise; /metrics
    answers `registry` in the format that the scraper asks for. SettingsError where host:port is taken.
    """
    try:
        server = _Server((host, port), _Handler)
    except OSError as why:
        raise SettingsError(f"Cannot serve health on {host}:{port}: {why.strerror}.") from why
    server.status, server.registry = status, registry
    thread = Thread(target=server.serve_forever, args=(0.1,), name="health", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
