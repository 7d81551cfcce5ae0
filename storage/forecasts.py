"""The newest prediction of each field, with how wrong the recent ones were."""

from datetime import datetime, timedelta
from typing import Any, TextIO

import msgspec
import pandas as pd
from msgspec import Struct

from storage.errors import QueryFailed
from storage.farm import Farm
from storage.master import read_fields
from storage.output import print_json_array, print_table, until_closed
from storage.settings import Cassandra
from storage.show import Zones
from telemetry.clock import iso

__all__ = ["Errors", "Expected", "Forecast", "forecasts", "list_forecasts"]

_TITLES = [
    "field", "as of", "moisture %", "threshold %", "in 6 h", "in 24 h", "in 48 h", "falls below in 24 h",
    "irrigation needed", "off by, of 24 h",
]  # fmt: skip
_SHOWN = (6, 24, 48)


class Expected(Struct, frozen=True):
    """Moisture in % at `target`; nine of ten lie between `low` and `high`."""

    horizon: int
    target: datetime
    mean: float
    low: float
    high: float


class Errors(Struct, frozen=True):
    """Expected less observed, in % of volume, of the `count` predictions whose hour has come."""

    horizon: int
    count: int
    rmse: float
    bias: float


class Forecast(Struct, frozen=True, kw_only=True):
    """A field as it was expected at `made_at`; `needed_at` null: irrigation is not expected to be needed."""

    field_id: str
    name: str
    made_at: datetime
    model: str
    moisture: float
    threshold: float
    probability: float | None
    hours_to_threshold: float | None
    needed_at: datetime | None
    expected: list[Expected]
    errors: list[Errors]


def forecasts(farm: Farm, since: str = "7d") -> list[Forecast]:
    """By field; fields without a prediction in the last `since` are left out, errors are over that time."""
    rows = farm.predictions(since=since).pandas()
    names = {row["field_id"]: row["name"] for row in farm.fields().arrow().to_pylist()}
    return [_forecast(str(names.get(field, field)), group) for field, group in rows.groupby("field_id")]


def list_forecasts(settings: Cassandra, out: TextIO, since: str = "7d", as_json: bool = False) -> None:
    """What `farmstream predictions` prints."""
    with Farm(settings) as farm, until_closed(out):
        found = forecasts(farm, since)
        if as_json:
            print_json_array(out, map(_plain, found))
        elif found:
            zones = Zones(read_fields(farm.session, settings))
            print_table(out, _TITLES, [_line(each, zones) for each in found])
        else:
            raise QueryFailed(
                f"No predictions of the last {since}: make a model with `farmstream analyze`, then let "
                f"`farmstream up` run for a minute."
            )


def _forecast(name: str, rows: pd.DataFrame) -> Forecast:
    newest = rows[rows["made_at"] == rows["made_at"].max()].sort_values("horizon")
    first, told = newest.iloc[0], newest["probability"].dropna()
    made, hours = first["made_at"].to_pydatetime(), _number(first["hours_to_threshold"])
    settled = rows.dropna(subset=["error"])
    expected = [
        Expected(int(row.horizon), row.target.to_pydatetime(), row.mean, row.low, row.high)
        for row in newest[["horizon", "target", "mean", "low", "high"]].itertuples(index=False, name="Row")
    ]
    return Forecast(
        field_id=str(first["field_id"]), name=name, made_at=made, model=str(first["model"]),
        moisture=float(first["moisture"]), threshold=float(first["threshold"]),
        probability=float(told.iloc[0]) if len(told) else None, hours_to_threshold=hours,
        needed_at=None if hours is None else made + timedelta(hours=hours), expected=expected,
        errors=[_errors(int(str(k)), group["error"]) for k, group in settled.groupby("horizon")],
    )  # fmt: skip


def _errors(horizon: int, errors: "pd.Series[float]") -> Errors:
    return Errors(horizon, len(errors), float((errors**2).mean() ** 0.5), float(errors.mean()))


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _plain(forecast: Forecast) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(forecast, builtin_types=(datetime,))
    plain |= {name: plain[name] and iso(plain[name]) for name in ("made_at", "needed_at")}
    plain["expected"] = [each | {"target": iso(each["target"])} for each in plain["expected"]]
    return plain


def _line(forecast: Forecast, zones: Zones) -> list[Any]:
    means = {each.horizon: f"{each.mean:.1f} ({each.low:.1f}–{each.high:.1f})" for each in forecast.expected}
    errors = {each.horizon: f"{each.rmse:.2f} ({each.count})" for each in forecast.errors}
    chance = None if forecast.probability is None else f"{100 * forecast.probability:.0f} %"
    return [
        forecast.name, zones.local(forecast.made_at, forecast.field_id), f"{forecast.moisture:.1f}",
        f"{forecast.threshold:.1f}", *(means.get(k) for k in _SHOWN), chance, _needed(forecast, zones),
        errors.get(24),
    ]  # fmt: skip


def _needed(forecast: Forecast, zones: Zones) -> str:
    if forecast.hours_to_threshold is None or forecast.needed_at is None:
        return "not in sight"
    if forecast.hours_to_threshold == 0:
        return "now"
    at = zones.local(forecast.needed_at, forecast.field_id) or ""
    return f"in {forecast.hours_to_threshold:.0f} h, {at[:16]}"
