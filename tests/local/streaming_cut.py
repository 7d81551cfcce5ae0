"""A TCP connection to a server that can be cut and mended: the server is away, as clients see it.

It can also hold back what is asked, or what is answered: the server has then done nothing, a part of the
work, or all of it, and the client does not know.
"""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

__all__ = ["Cuttable"]

_Wait = Callable[[bytes, threading.Event], None]
_ALL = 1 << 62
_WRITES = (b"\x0a", b"\x0d")
"""EXECUTE and BATCH, the fifth byte of a request (native protocol, version 4, section 2)."""


class Cuttable:
    """Listens on a port of its own, and passes on what comes to the server and back."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._open: list[socket.socket] = []
        self._answers = threading.Event()
        self._answers.set()
        self._asks = threading.Condition()
        self._budget = _ALL
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> "Cuttable":
        self._serve()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()

    def cut(self) -> None:
        """End all connections and refuse new ones."""
        for sock in (self._listener, *self._open):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        self._open.clear()

    def hold_questions(self) -> None:
        """Let nothing more through to the server."""
        with self._asks:
            self._budget = 0

    def let_through(self, size: int) -> None:
        """About so many bytes more of what is held back."""
        with self._asks:
            self._budget += size
            self._asks.notify_all()

    def hold_answers(self) -> None:
        """From now on let nothing come back on a connection once something was written through it.

        New connections still come about: the writer may need one.
        """
        self._answers.clear()

    def release(self) -> None:
        """Let everything through again."""
        self._answers.set()
        self.let_through(_ALL)

    def _may_ask(self, data: bytes, wrote: threading.Event) -> None:
        if self._answers.is_set():
            wrote.clear()
        elif data[4:5] in _WRITES:
            wrote.set()
        with self._asks:
            self._asks.wait_for(lambda: self._budget > 0)
            self._budget -= len(data)

    def _may_answer(self, _: bytes, wrote: threading.Event) -> None:
        if wrote.is_set():
            self._answers.wait()

    def mend(self) -> None:
        """Take connections again, at the same port."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._serve()

    def _serve(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self._target)
                self._open += near, far
                wrote = threading.Event()
                for ends in ((near, far, self._may_ask, wrote), (far, near, self._may_answer, wrote)):
                    threading.Thread(target=_pump, args=ends, daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket, wait: _Wait, wrote: threading.Event) -> None:
    with suppress(OSError):
        while data := source.recv(4096):
            wait(data, wrote)
            sink.sendall(data)
    for sock in (source, sink):
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
