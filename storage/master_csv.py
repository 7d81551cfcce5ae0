"""Sensors and fields as CSV.

Sensors, header `sensor_id,field_id,lon,lat`: `field_id` empty for a sensor in no field; `lon` and
`lat` in WGS84 degrees, both or neither.

Fields, header `field_id,name,soil,moisture_threshold,time_zone,outline,root_depth,depletion`: `soil` a
texture class (`telemetry.soil.TEXTURES`), `moisture_threshold` in % volumetric water content, empty for the
one that the soil gives (FAO-56, the share `depletion` of the available water used up); `time_zone` an IANA
name, empty for UTC; `outline` the corners as `lon lat; lon lat; lon lat`, or empty; `root_depth` in m. `name`
empty means the id. The last two may be left out: then it is half of the water, and the depth of
`telemetry.soil.ROOT_DEPTH`.
"""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from storage.csv_rows import Bad, Cell, Row, read_rows
from storage.errors import ImportRefused
from telemetry.master import Field, Sensor
from telemetry.reading import Coord
from telemetry.soil import DEPLETION, TEXTURES, irrigate_below

__all__ = ["FIELD_HEADER", "SENSOR_HEADER", "read_fields_csv", "read_sensors_csv"]

T = TypeVar("T")

_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


def read_sensors_csv(path: Path, known_fields: set[str]) -> list[Sensor]:
    """The file's sensors; ImportRefused, listing every bad cell, unless all of it is good."""
    rows, problems = read_rows(path, _SENSOR, "sensor_id")
    problems += [problem for row in rows for problem in _sensor_problems(row, known_fields)]
    if problems:
        raise ImportRefused(str(path), sorted(problems, key=_line))
    return [Sensor(**row.values) for row in rows]


def read_fields_csv(path: Path) -> list[Field]:
    """The file's fields; ImportRefused, listing every bad cell, unless all of it is good."""
    rows, problems = read_rows(path, _FIELD, "field_id", optional=("root_depth", "depletion"))
    if problems:
        raise ImportRefused(str(path), problems)
    return [_field(row) for row in rows]


def _field(row: Row) -> Field:
    values = {name: value for name, value in row.values.items() if value is not None}
    if "moisture_threshold" not in values:
        depletion = values.get("depletion", DEPLETION)
        values["moisture_threshold"] = round(irrigate_below(TEXTURES[values["soil"]], depletion), 2)
    return Field(**values | {"name": values["name"] or values["field_id"]})


def _sensor_problems(row: Row, known_fields: set[str]) -> list[str]:
    problems, values = [], row.values
    field = values.get("field_id")
    if field is not None and field not in known_fields:
        problems.append(
            f"line {row.line}, column field_id: there is no field '{field}'; import it first "
            f"with `farmstream fields import`"
        )
    if {"lon", "lat"} <= values.keys() and (values["lon"] is None) != (values["lat"] is None):
        empty = "lon" if values["lon"] is None else "lat"
        problems.append(f"line {row.line}, column {empty}: empty, though the other coordinate is given")
    return problems


def _line(problem: str) -> int:
    found = re.match(r"line (\d+)", problem)
    return int(found[1]) if found else 0


def _identity(text: str) -> str:
    if not _ID.fullmatch(text):
        raise Bad(f"'{text}' is no id (1 to 32 of A-Z a-z 0-9 _ -)")
    return text


def _number(low: float, high: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError as why:
            raise Bad(f"'{text}' is no number") from why
        if not (math.isfinite(value) and low <= value <= high):
            raise Bad(f"{text} is not between {low:g} and {high:g}")
        return value

    return parse


def _optional(parse: Callable[[str], T]) -> Callable[[str], T | None]:
    return lambda text: parse(text) if text else None


def _soil(text: str) -> str:
    if text.lower() not in TEXTURES:
        raise Bad(f"'{text}' is no soil texture: use one of {', '.join(TEXTURES)}")
    return text.lower()


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text or "UTC").key
    except (ValueError, OSError, KeyError) as why:  # KeyError is the base of ZoneInfoNotFoundError
        raise Bad(
            f"'{text}' is no time zone: write an IANA name such as Europe/Berlin or Asia/Tokyo"
        ) from why


def _outline(text: str) -> tuple[Coord, ...]:
    corners = tuple(_corner(part) for part in text.split(";") if part.strip())
    if corners and len(corners) < 3:
        raise Bad(f"an outline needs three corners or more, not {len(corners)}")
    return corners


def _corner(text: str) -> Coord:
    parts = text.split()
    if len(parts) != 2:
        raise Bad(f"'{text.strip()}' is no corner: write 'lon lat; lon lat; …'")
    return Coord(lon=_LON(parts[0]), lat=_LAT(parts[1]))


_LON, _LAT = _number(-180, 180), _number(-90, 90)
_SENSOR: dict[str, Cell] = {
    "sensor_id": _identity,
    "field_id": _optional(_identity),
    "lon": _optional(_LON),
    "lat": _optional(_LAT),
}
_FIELD: dict[str, Cell] = {
    "field_id": _identity,
    "name": str,
    "soil": _soil,
    "moisture_threshold": _optional(_number(0, 100)),
    "time_zone": _zone,
    "outline": _outline,
    "root_depth": _optional(_number(0.05, 5)),
    "depletion": _optional(_number(0.05, 0.95)),
}
SENSOR_HEADER = ",".join(_SENSOR)
FIELD_HEADER = ",".join(_FIELD)
