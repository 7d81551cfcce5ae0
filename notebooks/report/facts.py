"""What the tables say of some days of each field."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pandas as pd

from storage.farm import Farm
from storage.forecasts import Forecast, forecasts
from telemetry.errors import FarmstreamError

__all__ = ["Board", "FieldFacts", "Report", "Wetting", "gather"]

_WETTED = 0.5
_HUMID = 90.0
_MEASURED = ("temperature", "humidity", "ph", "moisture")


class Wetting(NamedTuple):
    """Hours in a row in which the soil became wetter, by `amount` % of volume; `rain`, else irrigation.

    Told apart by the air: when it rains it is humid, and a field that is irrigated leaves it dry.
    """

    begins: pd.Timestamp
    ends: pd.Timestamp
    amount: float
    rain: bool


class Board(NamedTuple):
    """`days` has for each day the share of hours with a reading; `missing` the share of values missing."""

    sensor_id: str
    readings: int
    days: list[float]
    missing: float


class FieldFacts(NamedTuple):
    """`hours`: by the hour (UTC) the median of the boards, `low` and `high` the drier and the wetter ones."""

    field: dict[str, Any]
    hours: pd.DataFrame
    wettings: list[Wetting]
    alerts: pd.DataFrame
    boards: list[Board]
    forecast: Forecast | None

    @property
    def dry_hours(self) -> int:
        """Hours below the threshold."""
        return int((self.hours["moisture"] < self.field["moisture_threshold"]).sum())

    @property
    def completeness(self) -> float:
        """Share of hours that boards have told of."""
        shares = [share for board in self.boards for share in board.days]
        return sum(shares) / len(shares) if shares else 0.0


class Report(NamedTuple):
    """All of it for [start, end)."""

    start: datetime
    end: datetime
    made: datetime
    fields: list[FieldFacts]


def gather(farm: Farm, end: datetime, made: datetime, days: int = 7, only: str | None = None) -> Report:
    """The `days` before `end` of all fields, or of `only` one; FarmstreamError where there is none."""
    start = end - timedelta(days=days)
    fields = farm.fields().arrow().to_pylist()
    wanted = [field for field in fields if only in (None, field["field_id"], field["name"])]
    if not wanted:
        known = ", ".join(field["field_id"] for field in fields) or "none yet"
        what = f"There is no field '{only}'" if only else "There is no field"
        raise FarmstreamError(f"{what}: fields are {known}.")
    said = {forecast.field_id: forecast for forecast in forecasts(farm, "7d")}
    facts = [_field(farm, field, start, end, said.get(field["field_id"])) for field in wanted]
    return Report(start, end, made, facts)


def _field(
    farm: Farm, field: dict[str, Any], start: datetime, end: datetime, forecast: Forecast | None
) -> FieldFacts:
    name = field["field_id"]
    series = farm.series(fields=name, start=start, end=end, resolution="1h").pandas()
    hours = _hours(series)
    alerts = farm.alerts(fields=name, start=start, end=end).pandas()
    sensors = farm.sensors().pandas()
    ours = sorted(sensors.loc[sensors["field_id"] == name, "sensor_id"])
    boards = [_board(sensor, series[series["sensor_id"] == sensor], start, end) for sensor in ours]
    made = forecast.made_at if forecast else start
    fresh = forecast if end - timedelta(hours=6) < made <= end + timedelta(hours=1) else None
    return FieldFacts(field, hours, _wettings(hours), alerts, boards, fresh)


def _hours(series: pd.DataFrame) -> pd.DataFrame:
    grouped = series.groupby("date")
    medians = {name: grouped[f"mean_{name}"].median() for name in _MEASURED}
    edges = {"low": grouped["mean_moisture"].min(), "high": grouped["mean_moisture"].max()}
    return pd.DataFrame(medians | edges).dropna(subset=["moisture"])


def _wettings(hours: pd.DataFrame) -> list[Wetting]:
    """From the hourly medians; a gap hides what happened in it."""
    steps = hours["moisture"].diff()
    wet = steps[(steps > _WETTED) & (hours.index.to_series().diff() == pd.Timedelta(hours=1))]
    runs = (wet.index.to_series().diff() > pd.Timedelta(hours=2)).cumsum()
    found = []
    for _, run in wet.groupby(runs):
        humid = hours["humidity"].reindex([run.index[0] - pd.Timedelta(hours=1), *run.index]).max()
        ends = run.index[-1] + pd.Timedelta(hours=1)
        found.append(Wetting(run.index[0], ends, float(run.sum()), bool(humid >= _HUMID)))
    return found


def _board(sensor: str, series: pd.DataFrame, start: datetime, end: datetime) -> Board:
    edges = pd.date_range(start, end, freq="24h")
    counted = pd.cut(series["date"], edges, right=False).value_counts(sort=False)
    readings = int(series["count"].sum())
    values = int(series[[f"count_{name}" for name in _MEASURED]].to_numpy().sum())
    missing = 1.0 - values / (readings * len(_MEASURED)) if readings else 1.0
    return Board(sensor, readings, [min(1.0, int(n) / 24) for n in counted], missing)
