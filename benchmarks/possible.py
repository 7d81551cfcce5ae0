"""How good a forecast could be that knows the soil as it is, but not the rain ahead.

The simulator's own water balance goes on from the true state of an hour, with the farm's own rule of
irrigation, under the weathers of other seeds at the same place and time, of which today is of the same kind
(dry, or wet and with or without rain yet). The forecast is the mean over them: of all that know no more, the
one with the least error.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firmware.simulator.ground import HOUR_MS, Ground
from firmware.simulator.past import Past
from firmware.simulator.soil_water import DEPTH, Bucket
from firmware.simulator.weather import Weather
from notebooks.analysis.labels import HORIZONS, LONGEST
from telemetry.clock import to_epoch_ms

__all__ = ["continued", "hours_of", "possible"]

_WEATHERS, _ENOUGH = 500, 400
_OTHER = 1_000_000
"""Seeds of other weathers begin here, beyond those of pasts."""

Floats = NDArray[np.float64]


def possible(past: Past, begin: datetime, end: datetime) -> dict[str, pd.DataFrame]:
    """By label, of hours that begin in [begin, end): `truth` and `possible`, changes in % of volume.

    Of many hours every second or so.
    """
    first, last = (to_epoch_ms(at) // HOUR_MS for at in (begin, end))
    lon, lat, hours = past.fleet.lon, past.fleet.lat, range(first - 24, last + LONGEST)
    others = hours_of([Weather(_OTHER + n, lon, lat, hours.start) for n in range(_WEATHERS)], hours)
    kinds = hours_of([past.weather], hours)[:, 2, 0]
    said: dict[str, list[tuple[float, float]]] = {f"after_{k}": [] for k in HORIZONS}
    for hour in range(first, last - min(HORIZONS), 1 + (last - first) // _ENOUGH):
        place = hour - hours.start
        alike = others[place, 2] == kinds[place]
        ahead = others[place + 1 : place + 1 + LONGEST, :2, alike if alike.any() else slice(None)]
        for field in past.fleet.fields():
            ground = past.ground(field.field_id)
            now, means = _mean(ground, hour), continued(ground, hour + 1, ahead)
            for k in HORIZONS:
                if hour + k < last:
                    said[f"after_{k}"].append((_mean(ground, hour + k) - now, means[k - 1] - now))
    return {label: pd.DataFrame(rows, columns=["truth", "possible"]) for label, rows in said.items()}


def hours_of(weathers: Sequence[Weather], hours: range) -> Floats:
    """By hour, and by rain, evapotranspiration and the kind of the day, a value for each of `weathers`."""
    return np.array([[*_hours(weather, hours)] for weather in weathers]).transpose(1, 2, 0)


def _hours(weather: Weather, hours: range) -> Iterator[tuple[float, float, float]]:
    """The kind is 0 on a dry day, on a wet one 1 and, once it has rained, 2."""
    rained = False
    for hour in hours:
        now = weather.hour(hour)
        rained = now.rain > 0 or (rained and weather.solar_hour(hour) > 0)
        yield now.rain, now.et0, 1.0 + rained if weather.is_wet_day(hour) else 0.0


def continued(ground: Ground, begin: int, ahead: Floats) -> list[float]:
    """The mean moisture (%) of the hours from `begin` on, from the true state; `ahead` as `hours_of`."""
    soil, found = ground.soil, []
    storage = np.full(ahead.shape[2], ground.at(begin * HOUR_MS).moisture / 100.0 * DEPTH)
    for number, (rain, et0) in enumerate(ahead):
        water = rain
        if ground.may_irrigate(begin + number):
            dry = storage / DEPTH * 100.0 <= ground.irrigate_at
            water = rain + np.where(dry, soil.field_capacity - storage, 0.0)
        after = _step(storage, soil, water, et0)
        found.append(float((storage + after).mean()) / 2 / DEPTH * 100.0)
        storage = after
    return found


def _mean(ground: Ground, hour: int) -> float:
    """The true moisture of an hour."""
    return (ground.at(hour * HOUR_MS).moisture + ground.at((hour + 1) * HOUR_MS).moisture) / 2


def _step(storage: Floats, soil: Bucket, water: Floats, et0: Floats) -> Floats:
    """`firmware.simulator.soil_water.step` of an hour, for many."""
    wetted = np.minimum(storage + water, soil.saturation)
    drained = np.maximum(0.0, wetted - soil.field_capacity) * (1.0 - np.exp(-1.0 / soil.drainage_hours))
    total = soil.field_capacity - soil.wilting_point
    share = np.clip((wetted - soil.wilting_point) / (0.5 * total), 0.0, 1.0)
    left: Floats = wetted - drained
    return left - np.minimum(share * et0, np.maximum(0.0, left - soil.wilting_point))
