"""What is known of the boards right now: the newest reading of each, rates, gaps and who is silent."""

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from notebooks.live.judged import Judged
from telemetry.quality import GOOD, MISSING
from telemetry.reading import Coord, Instant, Main

__all__ = ["Board", "Joined", "Model", "decode"]

GAPS_REMEMBERED = 1000
"""Missing sequence numbers that are kept for a board; older ones stay counted as lost."""

RATE_OVER = 10.0
"""Seconds over which rates are taken."""

SILENT_AFTER = 3.0
"""Intervals without a reading after which a board is silent."""

LEAST_SILENCE = timedelta(seconds=30)

UNKNOWN_INTERVAL = timedelta(minutes=30)
"""Silence of a board of which only one reading is known, so that nobody knows how often it sends."""


class Joined(Struct, frozen=True):
    """A record of `joined-sensor-data`, as far as the dashboard shows it."""

    id: Annotated[str, Meta(min_length=1)]
    date: Instant
    main: Main
    boot: int | None = None
    seq: int | None = None
    coord: Coord | None = None
    faults: dict[str, str] = {}
    received: Instant | None = None
    late: bool = False
    field_id: str | None = None
    field_name: str | None = None


class Board:
    """One board: its newest reading (by date), how often it sends, and what is missing of it."""

    def __init__(self) -> None:
        self.newest: Joined | None = None
        self.interval = timedelta(0)
        self.missing: deque[int] = deque(maxlen=GAPS_REMEMBERED)
        self._boot, self._top = -1, -1

    def take(self, reading: Joined) -> None:
        """A reading as it comes in, in whatever order."""
        self.know(reading)
        if reading.seq is not None:
            self._count(reading.boot or 0, reading.seq)

    def know(self, reading: Joined) -> None:
        """One that was stored before; others may lie between it and the first that comes in."""
        if self.newest is None or reading.date >= self.newest.date:
            if self.newest is not None and reading.date > self.newest.date:
                self.interval = reading.date - self.newest.date
            self.newest = reading

    def silent(self, now: datetime) -> bool:
        """Whether nothing has come for three of its intervals (at least 30 s)."""
        if self.newest is None:
            return True
        heard = self.newest.received or self.newest.date
        patience = max(self.interval * SILENT_AFTER, LEAST_SILENCE) if self.interval else UNKNOWN_INTERVAL
        return now - heard > patience

    def _count(self, boot: int, seq: int) -> None:
        if boot > self._boot:
            self._boot, self._top = boot, seq
        elif boot == self._boot and seq > self._top:
            self.missing.extend(range(max(self._top + 1, seq - GAPS_REMEMBERED), seq))
            self._top = seq
        elif boot == self._boot and seq in self.missing:
            self.missing.remove(seq)


class Model:
    """All boards and alerts. Instants are passed in; nothing here asks a clock."""

    def __init__(self) -> None:
        self.boards: dict[str, Board] = {}
        self.alerts: dict[str, Mapping[str, Any]] = {}
        self.judged = Judged()
        self._arrivals: deque[tuple[float, int, float, float]] = deque()

    def take(self, readings: Iterable[Joined], now: datetime) -> None:
        """Readings that came in together, at `now`."""
        lags = []
        for reading in readings:
            self.boards.setdefault(reading.id, Board()).take(reading)
            lags.append((now - (reading.received or now)).total_seconds())
        self._arrivals.append((now.timestamp(), len(lags), max(lags, default=0.0), min(lags, default=0.0)))
        self._forget(now)

    def restore(self, readings: Iterable[Joined]) -> None:
        """What was stored before: newest readings, which count for no rate and begin no count of gaps."""
        for reading in readings:
            self.boards.setdefault(reading.id, Board()).know(reading)

    def take_alerts(self, alerts: Iterable[Mapping[str, Any]]) -> None:
        """Alerts as they open and change; the newest state of each counts, and acknowledgements stay."""
        for alert in alerts:
            known = self.alerts.get(alert["alert_id"], {})
            self.alerts[alert["alert_id"]] = {**known, **alert}

    def rate(self, now: datetime) -> float:
        """Readings per second over the last 10 s."""
        self._forget(now)
        return sum(count for _, count, *_ in self._arrivals) / RATE_OVER

    def lag(self, now: datetime) -> float | None:
        """The longest time from the gateway to here in the last 10 s, in s; None when nothing came."""
        self._forget(now)
        return max((slowest for _, count, slowest, _ in self._arrivals if count), default=None)

    def horizon(self, now: datetime) -> datetime:
        """Up to when the pipeline has brought readings: `now`, or earlier by what it lags behind.

        A board is not silent because Spark is slow.
        """
        self._forget(now)
        quickest = min((quick for _, count, _, quick in self._arrivals if count), default=0.0)
        return now - timedelta(seconds=max(quickest, 0.0))

    def missing(self) -> int:
        """Sequence numbers that are missing of all boards since this page was opened."""
        return sum(len(board.missing) for board in self.boards.values())

    def silent(self, now: datetime) -> list[str]:
        """Boards that should have sent by now."""
        return sorted(name for name, board in self.boards.items() if board.silent(now))

    def quality(self, name: str) -> int | None:
        """The board's worst flag of late; a value that is missing now counts before it is judged.

        A board without a position is no worse for that. None: not judged.
        """
        newest, found = self.boards[name].newest, self.judged.worst(name)
        missing = bool(newest and set(newest.faults) - {"coord"})
        return MISSING if missing and found in (None, GOOD) else found

    def intervals(self) -> dict[str, timedelta]:
        """How often each board sends, which says how far back its flags count."""
        return {name: board.interval for name, board in self.boards.items()}

    def know(self, boards: Iterable[str]) -> None:
        """These boards are there, whether they have sent anything or not."""
        for name in boards:
            self.boards.setdefault(name, Board())

    def open_about(self) -> set[str | None]:
        """Fields and sensors with an open alert."""
        rows = [alert for alert in self.alerts.values() if alert["state"] == "open"]
        return {row.get(name) for row in rows for name in ("field_id", "sensor_id")} - {None}

    def shown_alerts(self, most: int) -> list[Mapping[str, Any]]:
        """Open ones first, the newest first."""
        ordered = sorted(self.alerts.values(), key=lambda alert: str(alert["opened"]), reverse=True)
        return sorted(ordered, key=lambda alert: alert["state"] != "open")[:most]

    def _forget(self, now: datetime) -> None:
        while self._arrivals and self._arrivals[0][0] <= now.timestamp() - RATE_OVER:
            self._arrivals.popleft()


def decode(raw: bytes) -> Joined | None:
    """A record of `joined-sensor-data`; None for what is none."""
    try:
        return _decoder.decode(raw)
    except msgspec.DecodeError:
        return None


_decoder = msgspec.json.Decoder(Joined)
