"""A serial line to a board whose time we hold: let time pass, collect what it said."""

import os
from types import TracebackType
from typing import Self

from firmware.simulated_board.board import BoardError, SimulatedBoard

__all__ = ["Conversation"]

_CHUNK_S = 0.25
"""Board time between two looks at the port: at 115200 baud less than the pty holds."""


class Conversation:
    """Opens the board's port; a context manager. Lines come without their ends."""

    def __init__(self, board: SimulatedBoard) -> None:
        self.board = board
        self._port = -1
        self._rest = b""
        self._kept: list[str] = []

    def __enter__(self) -> Self:
        self._port = os.open(self.board.port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._port)
        if error is None:
            self.board.time()  # the board sees the port closed, however soon it is opened again

    def send(self, line: str) -> None:
        """Write one line down to the board."""
        os.write(self._port, line.encode("ascii") + b"\r\n")

    def run(self, seconds: float) -> list[str]:
        """Let board time pass; the lines that came in it. Ends early where the power goes."""
        lines, self._kept = self._kept, []
        powered = True
        while seconds > 0 and powered:
            powered = self.board.step(min(seconds, _CHUNK_S))
            seconds -= _CHUNK_S
            lines += self.received()
        return lines

    def ask(self, line: str, seconds: float = 0.4) -> list[str]:
        """Send a line; what the board says in the time after it."""
        self.send(line)
        return self.run(seconds)

    def until(self, start: str, seconds: float = 60.0) -> str:
        """Let board time pass until a line begins so; the lines after it are kept for the next look.

        BoardError where none does.
        """
        deadline = self.board.time() + seconds
        while self.board.time() < deadline:
            lines = self.run(_CHUNK_S)
            for number, line in enumerate(lines, 1):
                if line.startswith(start):
                    self._kept = lines[number:]
                    return line
        raise BoardError(f"The board said nothing that starts with '{start}' in {seconds:g} s of its time.")

    def received(self) -> list[str]:
        """The whole lines that are there now."""
        while chunk := self._read():
            self._rest += chunk
        *whole, self._rest = self._rest.split(b"\r\n")
        return [line.decode("latin-1") for line in whole]

    def _read(self) -> bytes:
        try:
            return os.read(self._port, 65536)
        except BlockingIOError:
            return b""
