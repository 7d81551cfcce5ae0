"""Where simulated chips stand: a field beside those of the simulated fleet, for the sensor master."""

from collections.abc import Mapping

from firmware.simulator.fleet import Fleet
from telemetry.master import Field, Sensor
from telemetry.reading import Coord
from telemetry.soil import TEXTURES, irrigate_below

__all__ = ["Site", "sensors"]

_FIELD = "home-field"
_ROWS = {"avr": 0.0006, "micropython": 0.0012}
_STEP = 0.0004
_WIDTH, _HEIGHT, _GAP = 0.0056, 0.0018, 0.0004
_PER_ROW = 12


class Site:
    """That field, south of the fleet's, with so many boards of each kind."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts

    def fields(self) -> list[Field]:
        """The field, as the master wants it."""
        west, south = _corner()
        corners = ((0.0, 0.0), (_WIDTH, 0.0), (_WIDTH, _HEIGHT), (0.0, _HEIGHT))
        home = Field(
            field_id=_FIELD,
            name="Home Field",
            outline=tuple(Coord(lon=round(west + x, 5), lat=round(south + y, 5)) for x, y in corners),
            moisture_threshold=round(irrigate_below(TEXTURES["loam"]), 2),
            time_zone="Asia/Tokyo",
        )
        return [home]

    def sensors(self) -> list[Sensor]:
        """The boards, as the master wants them."""
        return [sensor for kind in _ROWS for sensor in sensors(kind, self._counts.get(kind, 0))]


def sensors(kind: str, count: int) -> list[Sensor]:
    """The boards `avr-1` to `avr-<count>`, or `micropython-1` …, in a row each."""
    west, south = _corner()
    return [
        Sensor(
            sensor_id=f"{kind}-{n}",
            field_id=_FIELD,
            lon=round(west + (1 + (n - 1) % _PER_ROW) * _STEP, 5),
            lat=round(south + _ROWS[kind], 5),
        )
        for n in range(1, count + 1)
    ]


def _corner() -> tuple[float, float]:
    farm = Fleet(boards=1)
    return farm.lon, farm.lat - _HEIGHT - _GAP
