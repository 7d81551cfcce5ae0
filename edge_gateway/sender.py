"""One connection to Fluentd: PackedForward chunks with acknowledgement, on fluent-logger's connection.

fluent-logger itself never waits for an acknowledgement, and its `emit` says True for what the far end never
got (fluent-logger #77): its connection and packing are used here, its buffer and `emit` are not.
https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1
"""

import time

import msgpack
from fluent.sender import FluentSender

from edge_gateway.chunks import Chunk
from edge_gateway.errors import NotAcknowledged

__all__ = ["AckingSender"]


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
