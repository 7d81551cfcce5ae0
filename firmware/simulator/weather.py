"""The farm's weather, hour by hour: air temperature, humidity, rain and reference evapotranspiration.

- Temperature: a yearly and a daily cosine (mean 15.8 °C, ±10.7 °C over the year: the 1991–2020 normals
  of Tokyo, JMA) with a day-to-day anomaly; warmest at 14:30 solar time, the daily range halved on wet days.
- Humidity: the dew point is the night's minimum less 1 °C (FAO-56, eq. 48), and relative humidity the
  ratio of vapour pressures (eq. 10, 11).
- Rain: wet and dry days are a two-state Markov chain with exponential amounts (Richardson, Water Resour.
  Res. 17 (1981) 182–190), set to a dry farm's ~550 mm a year, so that soils do dry between rains.
- Evapotranspiration: Hargreaves (FAO-56, eq. 52) per day, spread over the daylight as a half sine.

FAO-56: R. G. Allen et al., "Crop evapotranspiration", FAO Irrigation and Drainage Paper 56 (1998).
"""

from copy import copy
from math import acos, cos, exp, floor, log, pi, sin, sqrt, tan
from math import radians as rad
from typing import NamedTuple

from firmware.simulator.randomness import key_of, normal, uniform

__all__ = ["Hour", "Weather", "daylight", "extraterrestrial", "hargreaves", "vapour_pressure"]

_WET_AFTER_DRY, _WET_AFTER_WET, _MEAN_RAIN = 0.12, 0.40, 9.0
_YEAR = 365.2425


class Hour(NamedTuple):
    """°C, %RH, mm of rain in the hour, mm of reference evapotranspiration in the hour."""

    temperature: float
    humidity: float
    rain: float
    et0: float


class _Day(NamedTuple):
    mean: float
    span: float
    dew: float
    rain: float
    rain_from: int
    rain_hours: int
    et0: float
    daylight: float


def vapour_pressure(celsius: float) -> float:
    """Saturation vapour pressure in kPa (Magnus form, FAO-56 eq. 11)."""
    return 0.6108 * exp(17.27 * celsius / (celsius + 237.3))


def daylight(latitude: float, day_of_year: float) -> float:
    """Hours between sunrise and sunset (FAO-56 eq. 24, 25, 34)."""
    return 24.0 / pi * _sunset_angle(latitude, day_of_year)


def extraterrestrial(latitude: float, day_of_year: float) -> float:
    """Radiation at the top of the atmosphere in MJ/m²/day (FAO-56 eq. 21)."""
    sunset, lat, tilt = _sunset_angle(latitude, day_of_year), rad(latitude), _declination(day_of_year)
    distance = 1.0 + 0.033 * cos(2 * pi * day_of_year / 365)
    geometry = sunset * sin(lat) * sin(tilt) + cos(lat) * cos(tilt) * sin(sunset)
    return 24 * 60 / pi * 0.0820 * distance * geometry


def hargreaves(mean: float, span: float, radiation: float) -> float:
    """Reference evapotranspiration in mm/day (FAO-56 eq. 52; 0.408 turns MJ/m² into mm)."""
    return max(0.0, 0.0023 * (mean + 17.8) * sqrt(max(0.0, span)) * 0.408 * radiation)


def _declination(day_of_year: float) -> float:
    return 0.409 * sin(2 * pi * day_of_year / 365 - 1.39)


def _sunset_angle(latitude: float, day_of_year: float) -> float:
    return acos(max(-1.0, min(1.0, -tan(rad(latitude)) * tan(_declination(day_of_year)))))


class Weather:
    """The weather of one place from `first_hour` (hours since 1970) on; grows as it is asked."""

    def __init__(self, seed: int, lon: float, lat: float, first_hour: int) -> None:
        self._lat, self._shift, self._first = lat, lon / 15.0, first_hour
        self._keys = {name: key_of(seed, "weather", name) for name in ("mean", "span", "wet", "mm", "when")}
        self._first_day = floor((first_hour + self._shift) / 24) - 1
        self._wet: list[bool] = []
        self._days: list[_Day] = []
        self._hours: list[Hour] = []

    def hour(self, index: int) -> Hour:
        """The weather of the hour that begins `index` hours after 1970."""
        while len(self._hours) <= index - self._first:
            self._hours.append(self._make_hour(self._first + len(self._hours)))
        return self._hours[index - self._first]

    def part(self, first: int, last: int) -> "Weather":
        """Only the hours from `first` to `last`, to be handed to another process."""
        self.hour(last)
        cut = copy(self)
        cut._hours, cut._first = self._hours[first - self._first : last + 1 - self._first], first
        cut._days, cut._wet = [], []
        return cut

    def solar_hour(self, index: int) -> int:
        """0 to 23: the hour of the solar day."""
        return floor(index + self._shift) % 24

    def is_wet_day(self, index: int) -> bool:
        """Whether it rains on the solar day of this hour."""
        return self._day(floor((index + self._shift) / 24)).rain > 0

    def weekday(self, index: int) -> int:
        """0 to 6: the day of the solar week, which begins on a Thursday as 1970 did."""
        return floor((index + self._shift) / 24) % 7

    def _make_hour(self, index: int) -> Hour:
        solar = index + self._shift
        number, clock = floor(solar / 24), solar % 24
        today, (before, part) = self._day(number), divmod(solar / 24 - 0.5, 1)
        a, b = self._day(int(before)), self._day(int(before) + 1)
        mean, span, dew = (a[i] + (b[i] - a[i]) * part for i in range(3))
        temperature = mean + span / 2 * cos(2 * pi * (clock - 14.5) / 24)
        humidity = min(100.0, 100.0 * vapour_pressure(dew) / vapour_pressure(temperature))
        rains = today.rain_from <= int(clock) < today.rain_from + today.rain_hours
        rain = today.rain / today.rain_hours if rains else 0.0
        return Hour(temperature, max(humidity, 93.0) if rain else humidity, rain, _et0(today, clock))

    def _day(self, number: int) -> _Day:
        while len(self._days) <= number - self._first_day:
            self._days.append(self._make_day(self._first_day + len(self._days)))
        return self._days[number - self._first_day]

    def _make_day(self, number: int) -> _Day:
        keys, of_year = self._keys, number % _YEAR
        chance = _WET_AFTER_WET if self._wet and self._wet[-1] else _WET_AFTER_DRY
        wet = uniform(keys["wet"], number) < chance
        self._wet.append(wet)
        mean = 15.8 - 10.7 * cos(2 * pi * (of_year - 28) / _YEAR) + 2.0 * normal(keys["mean"], number)
        span = max(3.0, (5.0 if wet else 10.0) + 1.2 * normal(keys["span"], number))
        amount = -_MEAN_RAIN * log(1.0 - uniform(keys["mm"], number)) if wet else 0.0
        draw = uniform(keys["when"], number)
        hours = 2 + int(draw * 1000) % 5
        et0 = hargreaves(mean, span, extraterrestrial(self._lat, of_year))
        dew, light = mean - span / 2 - 1.0, daylight(self._lat, of_year)
        return _Day(mean, span, dew, amount, int(draw * 18), hours, et0, light)


def _et0(day: _Day, clock: float) -> float:
    """The day's evapotranspiration in this hour: a half sine from sunrise to sunset, exact integral."""
    sunrise, light = 12.0 - day.daylight / 2, day.daylight
    begin, end = (min(max(at - sunrise, 0.0), light) for at in (clock, clock + 1.0))
    return day.et0 * (cos(pi * begin / light) - cos(pi * end / light)) / 2 if light > 0 else 0.0
