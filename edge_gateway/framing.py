"""Bytes from a serial port to lines: no I/O, bounded memory, the same lines for any chunking."""

__all__ = ["MAX_KEPT", "Lines"]

MAX_KEPT = 4096
"""Bytes kept of one line; a longer one is cut here, and refused by whoever decodes it."""


class Lines:
    r"""Splits a byte stream at `\n`; a `\r` before it goes too, and blank lines are skipped.

    An over-long line (line noise without an end) is one line of `MAX_KEPT` bytes, not many.
    """

    __slots__ = ("_partial",)

    def __init__(self) -> None:
        self._partial = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that `data` completes, without their ends, each at most `MAX_KEPT` bytes."""
        if b"\n" not in data:
            self._keep(data)
            return []
        first, *middle, last = data.split(b"\n")
        self._keep(first)
        lines = [bytes(self._partial), *(line[: MAX_KEPT + 1] for line in middle)]
        self._partial.clear()
        self._keep(last)
        return [line for line in map(_without_end, lines) if line]

    def _keep(self, data: bytes) -> None:
        # One byte more than is returned: the `\r` of a line of exactly MAX_KEPT bytes.
        self._partial += data[: MAX_KEPT + 1 - len(self._partial)]


def _without_end(line: bytes) -> bytes:
    return line.removesuffix(b"\r")[:MAX_KEPT]
