"""A server that gives the same bytes to all who ask."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

__all__ = ["answering"]


@contextmanager
def answering(answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """Its address, and what it is sent."""
    asked: list[bytes] = []

    def serve() -> None:
        with suppress(OSError):  # the listener is shut at the end
            while True:
                connection, _ = listener.accept()
                with connection:
                    asked.append(connection.recv(65536))
                    connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/", asked
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
