"""A far end for the gateway: speaks enough of the forward protocol to count entries and acknowledge them."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import msgpack

from fluentd.protocol import encode_ack

__all__ = ["FarEnd", "far_end"]


class FarEnd:
    """Counts the entries that come; a process of its own would only add noise."""

    def __init__(self, server: socket.socket) -> None:
        self.entries = 0
        self.port = int(server.getsockname()[1])
        self._server = server

    def serve(self) -> None:
        """One connection after the other, until the server is closed."""
        with suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                with connection, suppress(ConnectionError):
                    self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        unpacker = msgpack.Unpacker(max_buffer_size=1 << 26)
        while data := connection.recv(1 << 18):
            unpacker.feed(data)
            for message in unpacker:
                packed = isinstance(message[1], bytes)
                option = message[-1] if packed else {}
                self.entries += option.get("size", 1)
                if "chunk" in option:
                    connection.sendall(encode_ack(option["chunk"]))


@contextmanager
def far_end() -> Iterator[FarEnd]:
    """A far end on a free port of loopback, served by a thread."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        end = FarEnd(server)
        threading.Thread(target=end.serve, name="far-end", daemon=True).start()
        try:
            yield end
        finally:
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)  # wakes the thread out of accept
