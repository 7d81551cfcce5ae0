"""One field's truth over time: air temperature, humidity and soil moisture, interpolated between hours.

The state is kept on a grid of whole hours, so that it does not depend on when or how often boards ask.
It begins 64 to 128 days before the start, on a day that does not move with it, so that a run tomorrow
finds the soil that today's run left; a field of a drying trial (`dry`) has a shelter and no irrigation
and begins at the start itself, just below its threshold.
"""

from copy import copy
from math import cos, pi
from typing import NamedTuple, Self

from firmware.simulator.randomness import key_of, normal, uniform
from firmware.simulator.soil_water import DEPTH, bucket, step
from firmware.simulator.weather import Weather
from telemetry.master import Field

__all__ = ["HOUR_MS", "Air", "Ground", "first_hour"]

HOUR_MS = 3_600_000
_DAYS = 64
_IRRIGATE_AT = 5
_IRRIGATE_ABOVE = 2.5
_DRY_BY = 1.5


class Air(NamedTuple):
    """°C, %RH, pH and % of volume, as they are, before any sensor."""

    temperature: float
    humidity: float
    ph: float
    moisture: float


def first_hour(start_ms: int) -> int:
    """The hour since 1970 at which the balance of a run that starts at `start_ms` begins."""
    return (start_ms // HOUR_MS // 24 // _DAYS - 1) * _DAYS * 24


class Ground:
    """The truth of one field from `start_ms` on; it is irrigated at `irrigate_at` % and below."""

    def __init__(self, seed: int, field: Field, weather: Weather, start_ms: int, dry: bool) -> None:
        key = key_of(seed, "ground", field.field_id)
        self._weather, self.soil, self._dry = weather, bucket(field.soil), dry
        self.irrigate_at = field.moisture_threshold + _IRRIGATE_ABOVE
        self._warmer = 0.4 * normal(key, 0)
        self._ph, self._ph_phase = 6.5 + 0.35 * normal(key, 1), uniform(key, 2)
        self._first = start_ms // HOUR_MS if dry else first_hour(start_ms)
        below = field.moisture_threshold - _DRY_BY
        moisture = below if dry else self.irrigate_at + 3.0 * uniform(key, 3)
        self._storage = [moisture / 100.0 * DEPTH]

    def at(self, epoch_ms: int) -> Air:
        """The truth at an instant; the balance is carried on to it where it is not yet."""
        hour, rest = divmod(epoch_ms, HOUR_MS)
        index, part = hour - self._first, rest / HOUR_MS
        while len(self._storage) < index + 2:
            self._advance()
        a, b = self._weather.hour(hour), self._weather.hour(hour + 1)
        wet, wetter = self._storage[index], self._storage[index + 1]
        return Air(
            a.temperature + (b.temperature - a.temperature) * part + self._warmer,
            a.humidity + (b.humidity - a.humidity) * part,
            self._ph + 0.15 * cos(2 * pi * (hour / 8766.0 + self._ph_phase)),
            (wet + (wetter - wet) * part) / DEPTH * 100.0,
        )

    def part(self, first: int, last: int) -> Self:
        """Only the hours from `first` to `last`, to be handed to another process."""
        self.at((last + 1) * HOUR_MS)
        cut = copy(self)
        cut._weather = self._weather.part(first, last + 1)
        cut._storage, cut._first = self._storage[first - self._first : last + 2 - self._first], first
        return cut

    def _advance(self) -> None:
        hour, storage = self._first + len(self._storage) - 1, self._storage[-1]
        now = self._weather.hour(hour)
        water = 0.0 if self._dry else now.rain + self._irrigation(hour, storage)
        self._storage.append(step(storage, self.soil, water, now.et0).storage)

    def _irrigation(self, hour: int, storage: float) -> float:
        """mm: up to field capacity, once moisture nears the threshold."""
        if not self.may_irrigate(hour) or storage / DEPTH * 100.0 > self.irrigate_at:
            return 0.0
        return self.soil.field_capacity - storage

    def may_irrigate(self, hour: int) -> bool:
        """Whether somebody looks after the field in this hour: early in the morning."""
        return self._weather.solar_hour(hour) == _IRRIGATE_AT and self._is_visited(hour)

    def _is_visited(self, hour: int) -> bool:
        """Whether somebody does on this day."""
        return True
