"""All that the page asks of the servers: master data, windows, news, acknowledgements."""

import getpass
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

import msgspec

from notebooks.live.feed import Feed
from notebooks.live.judged import Judged, Row
from notebooks.live.model import Model
from notebooks.pipeline import Pipeline, Status
from telemetry.clock import utc_now
from telemetry.master import Field

__all__ = ["Source", "outlook_text"]


_FRESH = "6h"
"""What an older prediction said is not said any more."""

_SOON = 0.5
"""Hours that are `now`."""


class Source:
    """A context manager: connections to Kafka and Cassandra. Any method may raise FarmstreamError."""

    def __init__(self, pipeline: Pipeline, model: Model) -> None:
        self._pipeline, self._model = pipeline, model
        self.fields: Mapping[str, Field] = {}
        self.places: Mapping[str, tuple[float, float]] = {}
        self.zone = ZoneInfo("UTC")

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self._farm = opened.enter_context(self._pipeline.farm())
            self.learn()
            feed = Feed(self._pipeline.status().endpoints["kafka"] or "", self._farm, self._model)
            self._feed = opened.enter_context(feed)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def learn(self) -> None:
        """Fields and sensors as the master has them now."""
        rows = self._farm.fields().arrow().to_pylist()
        self.fields = {row["field_id"]: msgspec.convert(row, Field) for row in rows}
        zones = Counter(field.time_zone for field in self.fields.values())
        self.zone = ZoneInfo(zones.most_common(1)[0][0] if zones else "UTC")
        sensors = self._farm.sensors().arrow().to_pylist()
        self.places = {s["sensor_id"]: (s["lon"], s["lat"]) for s in sensors if s["lon"] is not None}
        self._model.know(s["sensor_id"] for s in sensors)

    def status(self) -> Status:
        """How the pipeline is, as its supervisor tells."""
        return self._pipeline.status()

    def news(self) -> None:
        """What has come in, into the model; waits for 20 ms at most."""
        self._feed.turn()

    def windows(self) -> dict[str, list[dict[str, Any]]]:
        """Field → its windows of the last 3 h, in order of time."""
        found = defaultdict(list)
        for row in self._farm.windows(list(self.fields), since="3h").arrow().to_pylist():
            found[row["field_id"]].append(row)
        return dict(found)

    def judged(self) -> Judged:
        """What quality control says of each board's readings of late."""
        now, found = utc_now(), list[Row]()
        for back, sensors in self._model.looked_back().items():
            columns = ("sensor_id", "date", "quality_tests")
            rows = self._farm.readings(sensors, start=now - back, columns=columns).arrow()
            found += zip(*(rows[name].to_pylist() for name in columns), strict=True)
        return Judged(found)

    def outlook(self) -> dict[str, str]:
        """Field → when it will need water, by the newest prediction; none where none is made."""
        rows = self._farm.predictions(list(self.fields), since=_FRESH).arrow().to_pylist()
        now, newest = utc_now(), dict[str, Mapping[str, Any]]()
        for row in rows:  # oldest first; of an hour's, that of the next day says how likely
            known = newest.get(row["field_id"])
            if not known or row["made_at"] > known["made_at"] or row["probability"] is not None:
                newest[row["field_id"]] = row
        return {name: outlook_text(row, now) for name, row in newest.items()}

    def acknowledge(self, alert: Mapping[str, Any]) -> None:
        """Note in the table, and in the model, that this user has seen it."""
        who = getpass.getuser()
        self._farm.acknowledge(alert["alert_id"], alert["opened"], who)
        self._model.take_alerts([{**alert, "acknowledged": utc_now(), "acknowledged_by": who}])


def outlook_text(row: Mapping[str, Any], now: datetime) -> str:
    """`in about 14 h`, and how sure the model is of the next day."""
    hours, chance = row["hours_to_threshold"], row["probability"]
    left = None if hours is None else hours - (now - row["made_at"]).total_seconds() / 3600
    soon = left is not None and left < _SOON
    when = "not in sight" if left is None else "now" if soon else f"in about {left:.0f} h"
    return when if chance is None else f"{when} ({chance:.0%} within 24 h)"
