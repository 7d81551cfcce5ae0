"""What boards say beside readings (hellos and log lines): logged, and kept in short for `/health`."""

import logging
import time
from collections import deque
from collections.abc import Callable

__all__ = ["Notes"]

log = logging.getLogger(__name__)

MAX_BOARDS, MAX_LINES, LINES_A_SECOND = 1000, 20, 20
"""Bounds of what is kept, and of what a talkative port may write into the gateway's log."""


class Notes:
    """`boards`: the newest hello of each board, with its port; `lines`: the newest log lines."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.boards: dict[str, dict[str, str]] = {}
        self.lines: deque[str] = deque(maxlen=MAX_LINES)
        self._clock, self._second, self._spoken = clock, 0, 0

    def hello(self, source: str, fields: dict[str, str]) -> None:
        """A board said what it is, after a reset."""
        board = fields.get("id", source)
        self.boards.pop(board, None)
        self.boards[board] = fields | {"source": source}
        if len(self.boards) > MAX_BOARDS:
            del self.boards[next(iter(self.boards))]
        self._say("%s: hello of board %s: %s", source, board, fields)

    def log(self, source: str, text: str) -> None:
        """A board wrote a line for its operator."""
        self.lines.append(f"{source}: {text}")
        self._say("%s: %r", source, text)

    def _say(self, form: str, *values: object) -> None:
        second = int(self._clock())
        self._spoken = self._spoken + 1 if second == self._second else 1
        self._second = second
        if self._spoken <= LINES_A_SECOND:
            log.info(form, *values)
