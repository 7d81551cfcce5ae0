"""A small far end of the forward protocol: collects what it is sent, and acknowledges or not, as told."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any

import msgpack

Decide = Callable[[str], bool]


class FarEnd:
    """Listens on loopback; `entries` holds (tag, time, record) of every chunk, `chunks` their names.

    `acknowledge(chunk name)` says whether a chunk is acknowledged; what is not is dropped too, with the
    connection, like a far end that dies before it has stored the chunk.
    """

    def __init__(self, acknowledge: Decide = lambda _name: True, port: int = 0) -> None:
        self.acknowledge = acknowledge
        self.entries: list[tuple[str, int, dict[str, Any]]] = []
        self.chunks: list[str] = []
        self.seen: list[str] = []
        self._server = socket.create_server(("127.0.0.1", port))
        self.port = int(self._server.getsockname()[1])
        self._connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def records(self, tag: str = "farm.reading") -> list[dict[str, Any]]:
        return [record for known, _, record in self.entries if known == tag]

    def __enter__(self) -> "FarEnd":
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        for sock in (self._server, *self._connections):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._server.accept()
            except OSError:
                return
            self._connections.append(sock)
            thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        unpacker = msgpack.Unpacker(max_buffer_size=1 << 26)
        with sock:
            while True:
                try:
                    data = sock.recv(1 << 16)
                except OSError:
                    return
                if not data:
                    return
                unpacker.feed(data)
                for tag, packed, option in unpacker:
                    if not self._take(sock, tag, packed, option):
                        return

    def _take(self, sock: socket.socket, tag: str, packed: bytes, option: dict[str, Any]) -> bool:
        self.seen.append(option["chunk"])
        if not self.acknowledge(option["chunk"]):
            return False
        entries = msgpack.Unpacker()
        entries.feed(packed)
        found = [(tag, time, record) for time, record in entries]
        assert len(found) == option["size"]
        self.entries += found
        self.chunks.append(option["chunk"])
        try:
            sock.sendall(msgpack.packb({"ack": option["chunk"]}))
        except OSError:  # the gateway was killed, or this end is away
            return False
        return True
