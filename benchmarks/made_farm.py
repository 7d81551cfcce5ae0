"""A farm of any size for the live page, without servers: the same page, model and messages."""

import random
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

from firmware.simulator.fleet import Fleet
from notebooks.live.judged import Doubt, Late
from notebooks.live.model import Joined, Model
from notebooks.live.rounds import MOST
from notebooks.live.source import Master
from notebooks.pipeline import Status
from telemetry.clock import utc_now
from telemetry.quality import FAIL
from telemetry.quantities import QUANTITIES
from telemetry.reading import Main

__all__ = ["MadeFarm"]


class MadeFarm:
    """What `notebooks.live.source.Source` is to the page: every board sends at each look for news."""

    def __init__(self, model: Model, boards: int) -> None:
        fleet = Fleet(boards=boards)
        self._model, self._sensors, self._seq = model, fleet.sensors(), 0
        self._chance = random.Random(7)  # noqa: S311 - noise, no secret
        self._turn: deque[str] = deque()
        self.fields = {field.field_id: field for field in fleet.fields()}
        self.places = {s.sensor_id: (s.lon or 0.0, s.lat or 0.0) for s in fleet.sensors()}
        self.zone = ZoneInfo("Asia/Tokyo")
        model.know(self.places)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""

    def master(self) -> Master:
        """Nothing changes."""
        return Master(self.fields, tuple(self.places), self.places)

    def learn(self, master: Master) -> None:
        """It is known."""

    def status(self) -> Status:
        """All runs."""
        return Status(phase="running", at=utc_now())

    def news(self) -> None:
        """One reading of each board."""
        now = utc_now()
        self._seq += 1
        self._model.take([self._reading(s.sensor_id, s.field_id, now) for s in self._sensors], now)

    def windows(self) -> dict[str, list[dict[str, Any]]]:
        """Three hours of a window a minute."""
        now = utc_now().replace(second=0, microsecond=0)
        return {name: [self._window(name, now - timedelta(minutes=m)) for m in range(180, 0, -1)]
                for name in self.fields}  # fmt: skip

    def judged(self, intervals: Mapping[str, timedelta]) -> dict[str, Late]:
        """At first all boards, then so many in turn as are asked for at a time; each tenth had a spike."""
        most = MOST if self._turn else len(intervals)
        self._turn = self._turn or deque(intervals)
        asked = [self._turn[number] for number in range(min(most, len(self._turn)))]
        self._turn.rotate(-len(asked))
        return {name: self._late(utc_now()) for name in asked}

    def outlook(self) -> dict[str, str]:
        """Nothing is predicted."""
        return {}

    def acknowledge(self, alert: Mapping[str, Any]) -> None:
        """There are no alerts."""

    def _reading(self, sensor: str, field: str | None, now: datetime) -> Joined:
        main = Main(18.0, 55.0, 6.4, self._moisture(field or ""))
        return Joined(sensor, now, main, 1, self._seq, received=now, field_id=field)

    def _late(self, now: datetime) -> Late:
        spikes = [Doubt("moisture", "spike", FAIL, 1, now)] if self._chance.random() < 0.1 else []
        return Late(now, [], spikes)

    def _window(self, field: str, end: datetime) -> dict[str, Any]:
        means = {f"mean_{q.name}": self._moisture(field) for q in QUANTITIES}
        return {"field_id": field, "window_end": end, **means}

    def _moisture(self, field: str) -> float:
        threshold = self.fields[field].moisture_threshold if field in self.fields else 25.0
        return threshold + self._chance.gauss(4.0, 4.0)
