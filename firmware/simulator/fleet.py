"""The simulated farm: fields with an outline and a soil, boards inside them, all from one seed.

Ids carry three digits of the seed, so that two fleets of different seeds share none; they are numbers
(unless a prefix says otherwise), because boards already in the field send theirs as one.
"""

from math import ceil, cos, radians, sqrt
from pathlib import Path
from typing import NamedTuple

from firmware.simulator.randomness import key_of, uniform
from telemetry.master import Field, Sensor
from telemetry.reading import Coord
from telemetry.soil import TEXTURES, irrigate_below

__all__ = ["Fleet", "write_master"]

_SOILS = ("loam", "sandy loam", "clay loam", "silt loam", "sandy clay loam", "silty clay loam")
_NAMES = (
    "North Meadow", "River Field", "Orchard", "South Slope", "Old Mill", "Long Acre", "Chapel Field",
    "Willow Bank", "Stone Wall", "East Terrace", "Barn Close", "Upper Pasture",
)  # fmt: skip
_METRES_PER_DEGREE = 111_320.0
_CELL = 260.0


class Corner(NamedTuple):
    """Metres east and north of the farm's corner."""

    east: float
    north: float


class Fleet:
    """`boards` boards over `fields` fields (default: one for four boards, at most 40).

    The last `dry_fields` fields stand below their threshold at the start, in a drying trial.
    """

    def __init__(  # noqa: PLR0913 - the shape of a farm
        self,
        seed: int = 1,
        boards: int = 12,
        fields: int | None = None,
        *,
        id_prefix: str = "",
        dry_fields: int = 1,
        time_zone: str = "Asia/Tokyo",
        origin: tuple[float, float] = (139.36, 35.33),
    ) -> None:
        count = min(max(1, boards // 4), 40) if fields is None else fields
        self.seed, self._prefix, self._zone = seed, id_prefix, time_zone
        self._salt = 100 + key_of(seed, "ids") % 900
        self.lon, self.lat = (at + 0.5 * uniform(key_of(seed, "place"), i) for i, at in enumerate(origin))
        self._columns = ceil(sqrt(count))
        self._fields = tuple(self._field(number) for number in range(count))
        self._dry = frozenset(field.field_id for field in self._fields[count - min(dry_fields, count) :])
        self._sensors = tuple(self._sensor(number) for number in range(boards))

    def fields(self) -> list[Field]:
        """The fields, as the master wants them."""
        return list(self._fields)

    def sensors(self) -> list[Sensor]:
        """The boards, as the master wants them; spread over the fields in turn."""
        return list(self._sensors)

    def is_dry(self, field_id: str) -> bool:
        """Whether this field is in the drying trial."""
        return field_id in self._dry

    def _field(self, number: int) -> Field:
        soil = _SOILS[number % len(_SOILS)]
        name = _NAMES[number % len(_NAMES)]
        again = number // len(_NAMES)
        return Field(
            field_id=f"{self._prefix}field-{self._salt}-{number + 1:02d}",
            name=f"{name} {again + 1}" if again else name,
            outline=tuple(self._coord(corner) for corner in self._corners(number)),
            soil=soil,
            moisture_threshold=round(irrigate_below(TEXTURES[soil]), 2),
            time_zone=self._zone,
        )

    def _corners(self, number: int) -> list[Corner]:
        """A convex quadrilateral: the corners of a cell of the grid, each moved inwards by 5 to 20 %."""
        row, column = divmod(number, self._columns)
        key, corners = key_of(self.seed, "outline", number), []
        for i, (east, north) in enumerate(((0, 0), (1, 0), (1, 1), (0, 1))):
            inward = [0.05 + 0.15 * uniform(key, 2 * i + axis) for axis in (0, 1)]
            x, y = (side + (1 - 2 * side) * by for side, by in zip((east, north), inward, strict=True))
            corners.append(Corner((column + x) * _CELL, (row + y) * _CELL))
        return corners

    def _sensor(self, number: int) -> Sensor:
        field = number % len(self._fields)
        key = key_of(self.seed, "position", number)
        u, v = (0.1 + 0.8 * uniform(key, axis) for axis in (0, 1))
        a, b, c, d = self._corners(field)
        at = self._coord(_between(_between(a, b, u), _between(d, c, u), v))
        name = f"{self._prefix}{self._salt}{number + 1:04d}"
        return Sensor(sensor_id=name, field_id=self._fields[field].field_id, lon=at.lon, lat=at.lat)

    def _coord(self, at: Corner) -> Coord:
        lat = self.lat + at.north / _METRES_PER_DEGREE
        lon = self.lon + at.east / _METRES_PER_DEGREE / cos(radians(self.lat))
        return Coord(lon=round(lon, 5), lat=round(lat, 5))


def write_master(fleet: Fleet, folder: Path) -> tuple[Path, Path]:
    """Write `sensors.csv` and `fields.csv` as `farmstream sensors|fields import` reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    sensors, fields = folder / "sensors.csv", folder / "fields.csv"
    rows = [f"{s.sensor_id},{s.field_id},{s.lon},{s.lat}" for s in fleet.sensors()]
    sensors.write_text("\n".join(["sensor_id,field_id,lon,lat", *rows, ""]))
    rows = [_field_row(field) for field in fleet.fields()]
    head = "field_id,name,soil,moisture_threshold,time_zone,outline"
    fields.write_text("\n".join([head, *rows, ""]))
    return sensors, fields


def _field_row(field: Field) -> str:
    outline = "; ".join(f"{at.lon} {at.lat}" for at in field.outline)
    return (
        f'{field.field_id},{field.name},{field.soil},{field.moisture_threshold},{field.time_zone},"{outline}"'
    )


def _between(a: Corner, b: Corner, part: float) -> Corner:
    return Corner(a.east + (b.east - a.east) * part, a.north + (b.north - a.north) * part)
