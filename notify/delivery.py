"""Sends what the list says is due to one notifier, again and again with growing pauses until it is taken."""

import logging
import threading
from collections.abc import Callable

from notify.outbox import Due, Outbox
from notify.ways import NotSent, Way

__all__ = ["Delivery"]

_log = logging.getLogger(__name__)
_FIRST = 1.0
_TICK = 0.5


class Delivery:
    """One notifier's thread; `clock` tells seconds since 1970."""

    def __init__(  # noqa: PLR0913, PLR0917 - a way, its list, and how patient it is
        self, name: str, way: Way, outbox: Outbox, longest: float, give_up_after: float,
        clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self._name, self._way, self._outbox, self._clock = name, way, outbox, clock
        self._longest, self._give_up_after = longest, give_up_after

    def run(self, stop: threading.Event) -> None:
        """Until `stop`."""
        while not stop.is_set():
            if not self.send_due(stop):
                stop.wait(_TICK)

    def send_due(self, stop: threading.Event) -> int:
        """How many were sent. After the first that is not taken the others wait too: the way is closed."""
        sent = 0
        for due in self._outbox.due(self._name, self._clock()):
            if stop.is_set() or not self._send(due):
                break
            sent += 1
        return sent

    def _send(self, due: Due) -> bool:
        self._outbox.trying(due.number)
        try:
            self._way.send(due.notice)
        except NotSent as why:
            self._failed(due, str(why))
            return False
        self._outbox.sent(due.number, self._clock())
        return True

    def _failed(self, due: Due, why: str) -> None:
        now = self._clock()
        if now - due.came >= self._give_up_after:
            _log.error("%s: alert %s is left unsent: %s.", self._name, due.notice.alert_id, why)
            self._outbox.given_up(due.number, why, now)
            return
        pause = min(_FIRST * 2.0 ** min(due.attempts, 30), self._longest)
        _log.warning("%s: alert %s goes again in %.0f s: %s.", self._name, due.notice.alert_id, pause, why)
        self._outbox.failed(due.number, why, now + pause)
