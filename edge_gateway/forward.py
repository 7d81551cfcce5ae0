"""The way to Fluentd: PackedForward chunks with acknowledgement, on fluent-logger's connection.

fluent-logger itself never waits for an acknowledgement, and its `emit` says True for what the far end never
got (fluent-logger #77): its connection and packing are used here, its buffer and `emit` are not.
"""

import logging
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from types import TracebackType
from typing import NamedTuple

import msgpack
from fluent.sender import FluentSender

from edge_gateway.errors import NotAcknowledged
from edge_gateway.spool import Row, Spool
from telemetry.topics import ROUTES

__all__ = ["AckingSender", "Backoff", "Chunk", "Forwarder", "chunks"]

log = logging.getLogger(__name__)


class Chunk(NamedTuple):
    """Entries of one tag; `name` is the same for the same rows of the same spool, base64 of 128 bits."""

    tag: str
    name: str
    entries: bytes
    rows: int


def chunks(rows: Iterable[Row], spool_identity: str) -> list[Chunk]:
    """Rows as chunks, one for each tag among them."""
    by_route: dict[int, list[Row]] = {}
    for row in rows:
        by_route.setdefault(row.route, []).append(row)
    return [
        Chunk(
            ROUTES[route].tag,
            _name(spool_identity, route, found[0].number, found[-1].number, len(found)),
            b"".join([row.entry for row in found]),
            len(found),
        )
        for route, found in by_route.items()
    ]


def _name(*parts: object) -> str:
    return b64encode(sha256("/".join(map(str, parts)).encode()).digest()[:16]).decode("ascii")


class AckingSender(FluentSender):  # type: ignore[misc]  # fluent-logger has no types
    """Sends a chunk and returns when the far end has acknowledged it; OSError or NotAcknowledged if not.

    `timeout` bounds connecting and each send, `ack_timeout` the wait for the acknowledgement, in seconds.
    """

    def __init__(self, host: str, port: int, *, timeout: float, ack_timeout: float) -> None:
        super().__init__("", host=host, port=port, timeout=timeout)
        self._ack_timeout = ack_timeout
        self._answers = msgpack.Unpacker(max_buffer_size=1 << 16)

    @property
    def connected(self) -> bool:
        """Whether a connection is open, as far as is known."""
        return self.socket is not None

    def send(self, chunk: Chunk) -> None:
        """Deliver one chunk. After an error the connection is closed: the next call makes a new one."""
        with self.lock:
            try:
                if self.socket is None:
                    self._reconnect()
                    self._answers = msgpack.Unpacker(max_buffer_size=1 << 16)
                option = {"chunk": chunk.name, "size": chunk.rows}
                self.socket.settimeout(self.timeout)
                self.socket.sendall(msgpack.packb((chunk.tag, chunk.entries, option)))
                self._await_ack(chunk.name)
            except (OSError, NotAcknowledged):
                self._close()
                raise

    def _await_ack(self, name: str) -> None:
        deadline = time.monotonic() + self._ack_timeout
        while True:
            for answer in self._answers:
                if isinstance(answer, dict) and answer.get("ack") == name:
                    return
            self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                data = self.socket.recv(4096)
            except TimeoutError as why:
                raise NotAcknowledged(f"no acknowledgement within {self._ack_timeout:g} s") from why
            if not data:
                raise NotAcknowledged("the connection was closed before the acknowledgement")
            try:
                self._answers.feed(data)
            except msgpack.BufferFull as why:
                raise NotAcknowledged("the far end answers, but not in the forward protocol") from why


class Backoff:
    """Seconds to wait: doubling from `first` to `most`, back to `first` after a success."""

    def __init__(self, first: float, most: float) -> None:
        self._first, self._most, self._next = first, most, first

    def failed(self) -> float:
        """Return how long to wait now."""
        wait, self._next = self._next, min(self._next * 2, self._most)
        return wait

    def succeeded(self) -> None:
        """Begin from the first wait again."""
        self._next = self._first


class Forwarder:
    """A thread that empties the spool into a sender, in order, for ever; a context manager."""

    def __init__(self, spool: Spool, sender: AckingSender, backoff: Backoff, chunk_rows: int) -> None:
        self._spool, self._sender, self._backoff, self._chunk_rows = spool, sender, backoff, chunk_rows
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="forward", daemon=True)
        self.forwarded = 0
        self.problem: str | None = None
        self.failure: BaseException | None = None

    def __enter__(self) -> "Forwarder":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        sock = self._sender.socket
        if sock is not None:
            _interrupt(sock)
        self._thread.join()
        self._sender.close()

    def drained(self, seconds: float) -> bool:
        """Wait until the spool is empty, at most `seconds`; not while the far end is away."""
        deadline = time.monotonic() + seconds
        while self._spool.rows and time.monotonic() < deadline and self._thread.is_alive():
            if self.problem:
                break
            time.sleep(0.02)
        return not self._spool.rows

    def _run(self) -> None:
        while not self._stopping.is_set():
            rows = self._spool.take(self._chunk_rows)
            if not rows:
                self._spool.wait(0.2)
            elif self._deliver(chunks(rows, self._spool.identity)):
                self._spool.release(rows)
                self.forwarded += len(rows)

    def _deliver(self, waiting: Sequence[Chunk]) -> bool:
        """Send chunks until all are acknowledged, each as often as it takes; False when stopping."""
        left = list(waiting)
        while left and not self._stopping.is_set():
            try:
                self._sender.send(left[0])
            except (OSError, NotAcknowledged) as why:
                self._report(f"{why}")
                self._stopping.wait(self._backoff.failed())
            else:
                self._report(None)
                self._backoff.succeeded()
                del left[0]
        return not left

    def _report(self, problem: str | None) -> None:
        where = f"{self._sender.host}:{self._sender.port}"
        if problem and not self.problem:
            log.warning("Fluentd at %s does not take readings (%s); they wait in the spool.", where, problem)
        elif self.problem and not problem:
            log.info("Fluentd at %s takes readings again.", where)
        self.problem = problem


def _interrupt(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:  # it is closed already
        return
