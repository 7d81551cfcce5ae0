import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgpack
import pytest

from edge_gateway.chunks import Chunk
from edge_gateway.errors import NotAcknowledged
from edge_gateway.sender import AckingSender
from tests.unit.edge_gateway.far_end import FarEnd

CHUNK = Chunk("farm.reading", "bmFtZQ==", msgpack.packb([7, {"id": "b1"}]), 1)


def sender(port: int, ack_timeout: float = 5) -> AckingSender:
    return AckingSender("127.0.0.1", port, timeout=5, ack_timeout=ack_timeout)


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A far end that reads something and then answers as told, once for each connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            sock, _ = server.accept()
            with sock:
                sock.recv(65536)
                answer(sock)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def test_a_chunk_arrives_and_is_acknowledged() -> None:
    with FarEnd() as far, sender(far.port) as way:
        way.send(CHUNK)
        way.send(CHUNK._replace(name="Mg=="))
        assert far.entries == [("farm.reading", 7, {"id": "b1"})] * 2
        assert far.chunks == ["bmFtZQ==", "Mg=="]


def test_no_far_end_is_an_error() -> None:
    with FarEnd() as far:
        port = far.port
    with sender(port) as way, pytest.raises(ConnectionRefusedError):
        way.send(CHUNK)


def test_a_connection_closed_before_the_ack_is_an_error_and_the_next_send_connects_again() -> None:
    with FarEnd(acknowledge=lambda _name: len(far.seen) > 1) as far, sender(far.port) as way:
        with pytest.raises((NotAcknowledged, OSError)):
            way.send(CHUNK)
        assert not way.connected
        way.send(CHUNK)
        assert far.seen == [CHUNK.name] * 2
        assert far.chunks == [CHUNK.name]


def test_silence_is_an_error() -> None:
    """fluent-logger #77 and #120: `emit` says True, and waits for no acknowledgement."""
    release = threading.Event()
    with answering(lambda _sock: release.wait(30) or None) as port, sender(port, 0.05) as way:
        with pytest.raises(NotAcknowledged, match=r"within 0\.05 s"):
            way.send(CHUNK)
        release.set()


def test_another_chunks_ack_is_not_taken_for_this_ones() -> None:
    wrong = msgpack.packb({"ack": "else"}) + msgpack.packb("?")
    told = pytest.raises(NotAcknowledged)
    with answering(lambda sock: sock.sendall(wrong)) as port, sender(port) as way, told:
        way.send(CHUNK)


def test_an_ack_in_pieces_is_put_together() -> None:
    def dribble(sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in msgpack.packb({"ack": CHUNK.name}):
            sock.sendall(bytes([byte]))

    with answering(dribble) as port, sender(port) as way:
        way.send(CHUNK)


def test_a_far_end_that_speaks_something_else_is_an_error() -> None:
    flood = msgpack.packb("x" * 100_000)[:70_000]
    told = pytest.raises((NotAcknowledged, OSError))
    with answering(lambda sock: sock.sendall(flood)) as port, sender(port) as way, told:
        way.send(CHUNK)
