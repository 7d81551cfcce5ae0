"""All that the page asks of the servers: master data, windows, news, flags, acknowledgements.

What asks Cassandra changes nothing that is drawn, and may be called in a thread; the page takes the answer.
"""

import getpass
from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta
from types import TracebackType
from typing import Any, NamedTuple, Self
from zoneinfo import ZoneInfo

import msgspec

from notebooks.live.deadline import Deadline
from notebooks.live.feed import Feed
from notebooks.live.judged import Late
from notebooks.live.model import Model
from notebooks.live.outlook import outlook_text
from notebooks.live.rounds import Rounds
from notebooks.local_time import zone_of
from notebooks.pipeline import Pipeline, Status
from storage.forecasts import Errors, forecasts
from telemetry.clock import utc_now
from telemetry.master import Field

__all__ = ["Master", "Source"]

_FRESH = "6h"
"""What an older prediction said is not said any more."""

_AHEAD = 24
"""Hours: of forecasts so far ahead it is told how wrong they were."""

_ERRORS_EVERY = 60.0
"""Seconds between two looks at a week of forecasts, of which each hour settles some."""


class Master(NamedTuple):
    """Fields, and sensors with the places that the master knows of them."""

    fields: Mapping[str, Field] = {}
    sensors: tuple[str, ...] = ()
    places: Mapping[str, tuple[float, float]] = {}


class Source:
    """A context manager: connections to Kafka and Cassandra. Any method may raise FarmstreamError."""

    def __init__(self, pipeline: Pipeline, model: Model) -> None:
        self._pipeline, self._model = pipeline, model
        self._rounds = Rounds()
        self._errors: Mapping[str, Errors] = {}
        self._errors_due = Deadline(_ERRORS_EVERY)
        self.learn(Master())

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self._farm = opened.enter_context(self._pipeline.farm())
            self.learn(self.master())
            feed = Feed(self._pipeline.status().endpoints["kafka"] or "", self._farm, self._model)
            self._feed = opened.enter_context(feed)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def master(self) -> Master:
        """Fields and sensors as the master has them now."""
        rows = self._farm.fields().arrow().to_pylist()
        sensors = self._farm.sensors().arrow().to_pylist()
        places = {s["sensor_id"]: (s["lon"], s["lat"]) for s in sensors if s["lon"] is not None}
        fields = {row["field_id"]: msgspec.convert(row, Field) for row in rows}
        return Master(fields, tuple(s["sensor_id"] for s in sensors), places)

    def learn(self, master: Master) -> None:
        """This is the farm from now on, in the model too."""
        self.fields, self.places = master.fields, master.places
        self.zone: ZoneInfo = zone_of(master.fields.values())
        self._model.know(master.sensors)

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

    def judged(self, intervals: Mapping[str, timedelta]) -> dict[str, Late]:
        """What quality control says of late of those boards whose turn it is; `intervals` of all of them."""
        now, found = utc_now(), dict[str, Late]()
        for look in self._rounds.next(intervals, now):
            columns = ("sensor_id", "date", "quality_tests")
            rows = self._farm.readings(look.sensors, start=look.since, columns=columns).arrow()
            listed = zip(*(rows[name].to_pylist() for name in columns), strict=True)
            found |= self._model.judged.found(look, listed)
            self._rounds.done(look, now)
        return found

    def outlook(self) -> dict[str, str]:
        """Field → when it will need water, by the newest prediction, and how wrong those of late were.

        None where none is made.
        """
        rows = self._farm.predictions(list(self.fields), since=_FRESH).arrow().to_pylist()
        now, newest = utc_now(), dict[str, Mapping[str, Any]]()
        for row in rows:  # oldest first; of an hour's, that of the next day says how likely
            known = newest.get(row["field_id"])
            if not known or row["made_at"] > known["made_at"] or row["probability"] is not None:
                newest[row["field_id"]] = row
        errors = self._wrong() if newest else {}
        return {name: outlook_text(row, now, errors.get(name)) for name, row in newest.items()}

    def acknowledge(self, alert: Mapping[str, Any]) -> None:
        """Note in the table, and in the model, that this user has seen it."""
        who = getpass.getuser()
        self._farm.acknowledge(alert["alert_id"], alert["opened"], who)
        self._model.take_alerts([{**alert, "acknowledged": utc_now(), "acknowledged_by": who}])

    def _wrong(self) -> Mapping[str, Errors]:
        """Field → the error of its forecasts of the last days whose hour has come."""
        if self._errors_due.over():
            self._errors = {
                each.field_id: errors
                for each in forecasts(self._farm) for errors in each.errors if errors.horizon == _AHEAD
            }  # fmt: skip
            self._errors_due.restart()
        return self._errors
