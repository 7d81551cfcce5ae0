"""Totals that survive a restart of what counts them, and rates over the last seconds."""

from collections import deque
from collections.abc import Mapping

__all__ = ["Meter"]


class Meter:
    """Fed with counters as their owners tell them; a counter that falls was started again.

    `totals` go on where the last life of a counter ended; `rates` are per second over `span` seconds.
    """

    def __init__(self, span: float = 5.0) -> None:
        self.totals: dict[str, float] = {}
        self.rates: dict[str, float] = {}
        self._span = span
        self._last: dict[str, float] = {}
        self._seen: dict[str, deque[tuple[float, float]]] = {}

    def add(self, counters: Mapping[str, float], now: float) -> None:
        """Take the counters of this moment (`now` in seconds, steady); names may come and go."""
        for name, value in counters.items():
            before = self._last.get(name, 0.0)
            grown = value - before if value >= before else value
            self._last[name] = value
            self.totals[name] = self.totals.get(name, 0.0) + grown
            self._seen.setdefault(name, deque()).append((now, self.totals[name]))
        for name, seen in self._seen.items():
            self.rates[name] = self._rate(seen, now)

    def _rate(self, seen: "deque[tuple[float, float]]", now: float) -> float:
        while len(seen) > 2 and seen[1][0] <= now - self._span:
            seen.popleft()
        (since, first), (until, last) = seen[0], seen[-1]
        stale = until <= now - self._span
        return 0.0 if stale or until <= since else (last - first) / (until - since)
