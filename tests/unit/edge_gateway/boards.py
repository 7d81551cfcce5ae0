"""What the tests share: a reading, waiting, and a board at the other end of a pseudo-terminal."""

import os
import select
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from telemetry.clock import truncate_ms, utc_now
from telemetry.line import encode_line
from telemetry.reading import Coord, Main, Reading

NOON = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


def reading(
    seq: int | None = 0, boot: int | None = 1, board: str = "b1", date: datetime | None = NOON
) -> Reading:
    return Reading(
        id=board, boot=boot, seq=seq, date=date, coord=Coord(139.36, 35.33), main=Main(20.3, 50.1, 6.4, 31.2)
    )


def fresh(seq: int, boot: int = 1, board: str = "b1") -> Reading:
    """A reading measured just now, for gateways that run on the real clock."""
    return reading(seq, boot, board, truncate_ms(utc_now()))


def line(seq: int, boot: int = 1, board: str = "b1") -> bytes:
    return encode_line(fresh(seq, boot, board))


def until(done: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


class PtyBoard:
    """A pseudo-terminal with a link to it at `path`, as the simulator makes them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.heard = b""
        self._master, slave = os.openpty()
        os.set_blocking(self._master, False)
        path.symlink_to(os.ttyname(slave))
        os.close(slave)

    def __enter__(self) -> "PtyBoard":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()

    def say(self, data: bytes) -> None:
        while data:
            select.select([], [self._master], [], 10)
            data = data[os.write(self._master, data) :]

    def try_say(self, data: bytes) -> None:
        """As much of `data` as goes in now."""
        try:
            os.write(self._master, data)
        except BlockingIOError:
            return

    def hears(self) -> bytes:
        """All that was sent to the board so far."""
        try:
            while data := os.read(self._master, 4096):
                self.heard += data
        except OSError:  # nothing more now, or nobody has the port open
            return self.heard
        return self.heard

    def unplug(self) -> None:
        self.path.unlink(missing_ok=True)
        if self._master >= 0:
            os.close(self._master)
            self._master = -1
