"""The few MQTT 3.1.1 packets that a broker needs, played by the test: what the gateway sends is on record."""

import socket
import struct
import threading
from contextlib import suppress
from types import TracebackType

CONNACK_OK, CONNACK_NOT_AUTHORISED = b"\x20\x02\x00\x00", b"\x20\x02\x00\x05"


class ScriptedBroker:
    """Accepts one connection after the other; answers CONNECT, SUBSCRIBE and PINGREQ, records the rest."""

    def __init__(self, connack: bytes = CONNACK_OK, granted: int = 1) -> None:
        self.connack, self.granted = connack, granted
        self.connects: list[bytes] = []
        self.pubacks: list[int] = []
        self.published: list[tuple[str, bytes]] = []
        self.subscribed = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._current: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "ScriptedBroker":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut()
        self._thread.join()

    def deliver(self, topic: str, payload: bytes, packet_id: int, qos: int = 1) -> None:
        name = topic.encode()
        body = struct.pack("!H", len(name)) + name
        body += (struct.pack("!H", packet_id) if qos else b"") + payload
        size = bytes([len(body) & 127 | 128, len(body) >> 7]) if len(body) > 127 else bytes([len(body)])
        self.raw(bytes([0x30 | qos << 1]) + size + body)

    def raw(self, data: bytes) -> None:
        assert self._current is not None
        self._current.sendall(data)

    def cut(self) -> None:
        """Break the connection off."""
        if self._current is not None:
            with suppress(OSError):
                self._current.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        while True:
            try:
                self._current, _ = self._server.accept()
            except OSError:
                return
            with self._current as sock, suppress(OSError, IndexError):
                while True:
                    self._packet(sock, *_read(sock))

    def _packet(self, sock: socket.socket, kind: int, body: bytes) -> None:
        if kind == 1:
            self.connects.append(body)
            sock.sendall(self.connack)
        elif kind == 3:
            end = 2 + struct.unpack("!H", body[:2])[0]
            self.published.append((body[2:end].decode(), body[end:]))
        elif kind == 4:
            self.pubacks.append(struct.unpack("!H", body)[0])
        elif kind == 8:
            sock.sendall(b"\x90\x03" + body[:2] + bytes([self.granted]))
            self.subscribed += 1
        elif kind == 12:
            sock.sendall(b"\xd0\x00")


def _read(sock: socket.socket) -> tuple[int, bytes]:
    kind, size, shift = sock.recv(1)[0] >> 4, 0, 0
    while True:
        byte = sock.recv(1)[0]
        size |= (byte & 127) << shift
        if byte < 128:
            break
        shift += 7
    body = b""
    while len(body) < size:
        piece = sock.recv(size - len(body))
        if not piece:
            raise ConnectionResetError
        body += piece
    return kind, body
