"""From the spool to Fluentd: chunk after chunk, each until it is acknowledged, then released."""

import logging
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from edge_gateway.backoff import Backoff
from edge_gateway.chunks import Chunk, chunks, within
from edge_gateway.errors import NotAcknowledged, SpoolError, SpoolFull
from edge_gateway.sender import AckingSender
from edge_gateway.spool import Row, Spool

__all__ = ["Forwarder"]

log = logging.getLogger(__name__)


class Forwarder:
    """A thread that empties the spool into a sender, in order, for ever; a context manager.

    `failed` is called when the spool itself fails, and `failure` then says how; `problem` says why nothing
    gets through at the moment.
    """

    def __init__(
        self,
        spool: Spool,
        sender: AckingSender,
        backoff: Backoff,
        chunk_rows: int,
        failed: Callable[[], None],
    ) -> None:
        self._spool, self._sender, self._backoff = spool, sender, backoff
        self._chunk_rows, self._failed = chunk_rows, failed
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="forward", daemon=True)
        self.forwarded = 0
        self.problem: str | None = None
        self.failure: SpoolError | None = None

    def __enter__(self) -> "Forwarder":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        sock = self._sender.socket
        if sock is not None:
            with suppress(OSError):  # it may be closed by now
                sock.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._sender.close()

    def drain(self, seconds: float) -> None:
        """Wait until the spool is empty, at most `seconds`, and not while the far end is away."""
        deadline = time.monotonic() + seconds
        while self._spool.rows and time.monotonic() < deadline and not self.problem and not self.failure:
            time.sleep(0.02)

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                rows = within(self._spool.take(self._chunk_rows))
                if not rows:
                    self._spool.wait(0.1)
                elif self._deliver(chunks(rows, self._spool.identity)):
                    self.forwarded += len(rows)
                    self._release(rows)
        except SpoolError as why:
            self.failure = why
            self._failed()

    def _deliver(self, left: list[Chunk]) -> bool:
        """Send chunks until all are acknowledged, each as often as it takes; False when stopping."""
        while left and not self._stopping.is_set():
            try:
                self._sender.send(left[0])
            except (OSError, NotAcknowledged) as why:
                self._report(
                    f"Fluentd at {self._sender.host}:{self._sender.port} does not take readings: {why}"
                )
                self._stopping.wait(self._backoff.failed())
            else:
                self._report(None)
                self._backoff.succeeded()
                del left[0]
        return not left

    def _release(self, rows: list[Row]) -> None:
        """Give up rows that were acknowledged; even that needs a little room on the disk."""
        while not self._stopping.is_set():
            try:
                self._spool.release(rows)
            except SpoolFull as why:
                self._report(str(why))
                self._stopping.wait(self._backoff.failed())
            else:
                self._report(None)
                self._backoff.succeeded()
                return

    def _report(self, problem: str | None) -> None:
        if problem and not self.problem:
            log.warning("%s; the readings wait in the spool.", problem)
        elif self.problem and not problem:
            log.info("Readings go on to Fluentd again.")
        self.problem = problem
