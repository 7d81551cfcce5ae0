"""When a query that was built from rules and master is to be built again."""

from collections.abc import Callable

from streaming.master import Master, Snapshot

__all__ = ["PAUSE", "Renewal"]

PAUSE = 15.0
"""Seconds between two renewals, at least: an import of many sensors comes in pieces."""


class Renewal:
    """`due()` is true once after what alerts depend on has changed; `clock` tells seconds."""

    def __init__(self, master: Master, clock: Callable[[], float]) -> None:
        self._master, self._clock = master, clock
        self._seen = master.snapshot
        self._built, self._at = _part(self._seen), clock()

    def due(self) -> bool:
        """To be called about every second."""
        snapshot = self._master.snapshot
        if snapshot is self._seen or self._clock() - self._at < PAUSE:
            return False
        self._seen, part = snapshot, _part(snapshot)
        if part == self._built:
            return False
        self._built, self._at = part, self._clock()
        return True


def _part(snapshot: Snapshot) -> tuple[object, ...]:
    """What the queries take of it: a field's threshold, for one, is none of it."""
    places = tuple((s.sensor_id, s.field_id) for s in snapshot.sensors)
    return places, tuple((f.field_id, f.name, f.soil) for f in snapshot.fields), snapshot.rules
