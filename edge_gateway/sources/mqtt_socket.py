"""A socket that reads and writes in large pieces, under paho-mqtt.

paho reads a packet with three calls of `recv` and writes each packet with a call of `send`: at thousands of
messages a second those are most of the gateway's work. Here they cost no system call: `refill` and `flush`,
once in a turn of the event loop, do.
"""

import socket
import ssl

__all__ = ["BufferedSocket"]

PIECE = 1 << 16
"""Bytes taken from the system in one turn, about 200 readings."""


class BufferedSocket:
    """Wraps a connected socket (or TLS socket) in the interface that paho-mqtt uses."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._in, self._at, self._ended = b"", 0, False
        self._out = bytearray()

    def refill(self) -> None:
        """Take what has come, at most `PIECE` bytes; OSError when the connection is broken."""
        try:
            data = self._sock.recv(PIECE)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        self._ended = not data
        self._in, self._at = self._in[self._at :] + data, 0

    def pending(self) -> int:
        """Bytes that `recv` can give at once; 1 for the end of the stream."""
        return len(self._in) - self._at or int(self._ended)

    def recv(self, size: int) -> bytes:
        """Bytes out of the buffer, b"" at the end of the stream; BlockingIOError where there are none."""
        data = self._in[self._at : self._at + size]
        if not data and not self._ended:
            raise BlockingIOError
        self._at += len(data)
        return data

    def send(self, data: bytes | bytearray) -> int:
        """Take all of `data`, to be sent by `flush`."""
        self._out += data
        return len(data)

    def unsent(self) -> int:
        """Bytes that wait for `flush`."""
        return len(self._out)

    def flush(self) -> None:
        """Give the system as much as it takes; OSError when the connection is broken."""
        while self._out:
            try:
                del self._out[: self._sock.send(self._out[:PIECE])]
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return

    def fileno(self) -> int:
        """For a selector."""
        return self._sock.fileno()

    def setblocking(self, flag: bool) -> None:
        """As of the socket below."""
        self._sock.setblocking(flag)

    def close(self) -> None:
        """Close the socket; what was not sent is lost."""
        self._sock.close()
