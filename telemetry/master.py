"""The master data: which sensor stands in which field, and what that field's soil needs."""

from typing import Annotated

from msgspec import Meta, Struct

from telemetry.reading import BoardId, Coord
from telemetry.soil import DEPLETION, ROOT_DEPTH

__all__ = ["Field", "Sensor"]


class Field(Struct, frozen=True, kw_only=True):
    """A field; `outline` is its corners, `soil` a key of `telemetry.soil.TEXTURES`.

    `moisture_threshold` is in % volumetric water content; `time_zone` an IANA name. `root_depth` (m) and
    `depletion`, the share of the available water that the crop may use up, are for the advice to irrigate.
    """

    field_id: BoardId
    name: str
    outline: tuple[Coord, ...] = ()
    soil: str = "loam"
    moisture_threshold: Annotated[float, Meta(ge=0, le=100)]
    time_zone: str = "UTC"
    root_depth: Annotated[float, Meta(gt=0, le=5)] = ROOT_DEPTH
    depletion: Annotated[float, Meta(gt=0, lt=1)] = DEPLETION


class Sensor(Struct, frozen=True, kw_only=True):
    """A board; `field_id` None while it stands in no field."""

    sensor_id: BoardId
    field_id: BoardId | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
