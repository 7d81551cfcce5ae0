"""When which board measures: simulated time against the wall clock.

Board `i` of `n` measures at `start + k·interval + i·interval/n`: boards do not speak in chorus. The
instants depend on the start alone; the wall clock only decides when the loop comes to them.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import inf

from firmware.simulator.errors import SimulatorError
from firmware.simulator.settings import SimulatorSettings

__all__ = ["Pace", "first_instant"]

_HOUR = 3600.0


class Pace:
    """Gives the instants (epoch ms) in order, and says whether their time has come.

    `clock` is the wall clock in seconds since 1970. No instant comes before the wall clock reaches it.
    """

    def __init__(self, settings: SimulatorSettings, start_ms: int, clock: Callable[[], float]) -> None:
        self._start, self._interval, self._boards = start_ms, settings.interval * 1000.0, settings.boards
        self._speed, self._clock, self._begun = settings.accelerate, clock, clock()
        self._end = inf if settings.duration is None else start_ms + settings.duration * 1000.0
        self.number = 0
        self.next_ms = start_ms

    @property
    def board(self) -> int:
        """The number of the board whose turn is next."""
        return self.number % self._boards

    @property
    def finished(self) -> bool:
        """Whether the duration is over."""
        return self.next_ms >= self._end

    def step(self) -> None:
        """Go on to the next turn."""
        self.number += 1
        turn, board = divmod(self.number, self._boards)
        self.next_ms = self._start + int((turn + board / self._boards) * self._interval)

    def wait(self) -> float:
        """Seconds until the next turn is due; 0 where it is."""
        now = self._clock()
        until_wall = self.next_ms / 1000.0 - now
        if self._speed == inf:
            return max(0.0, until_wall)
        paced = self._begun + (self.next_ms - self._start) / 1000.0 / self._speed - now
        return max(0.0, until_wall, paced)


def first_instant(settings: SimulatorSettings, now: datetime) -> datetime:
    """As set, or so that the run ends now where it is faster than the clock."""
    if settings.start is None:
        back = 0.0 if settings.accelerate == 1 else settings.duration or _HOUR
        return now - timedelta(seconds=back)
    if settings.start > now:
        raise SimulatorError("The start lies in the future: boards cannot measure there.")
    return settings.start
