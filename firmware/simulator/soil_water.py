"""Soil moisture as a water balance: one bucket per field, the root zone that the probe stands in.

Per step, in mm of water over the depth `Z` (FAO-56 eq. 85, with drainage in its own term)::

    S' = S + rain + irrigation − runoff − drainage − ETc,   ETc = Kc · Ks · ET0

- `Ks` falls from 1 to 0 between readily available water and the wilting point (FAO-56 eq. 84, p = 0.5).
- Water above saturation runs off; water above field capacity drains as an exponential with a time
  constant per texture, hours in sand and days in clay (FAO-56 box 7 speaks of 1 to 3 days).
"""

from math import exp
from typing import NamedTuple

from telemetry.soil import TEXTURES

__all__ = ["DEPTH", "Bucket", "Step", "bucket", "step", "stress"]

DEPTH = 300.0
"""mm of soil that the balance covers, a shallow root zone."""

_DEPLETION = 0.5
_CROP = 1.0


class Bucket(NamedTuple):
    """Water in mm over the depth, at wilting point, field capacity and saturation; drainage time in h."""

    wilting_point: float
    field_capacity: float
    saturation: float
    drainage_hours: float


class Step(NamedTuple):
    """The new storage and what left it, all in mm."""

    storage: float
    evaporated: float
    drained: float
    ran_off: float


def bucket(soil: str, depth: float = DEPTH) -> Bucket:
    """The bucket of a texture class of `telemetry.soil`; finer soils drain slower."""
    texture = TEXTURES[soil]
    hours = 6.0 + 150.0 * texture.wilting_point
    low, capacity, full = (depth * part for part in texture)
    return Bucket(low, capacity, full, hours)


def stress(storage: float, soil: Bucket) -> float:
    """`Ks`, 0 to 1: what share of the potential evapotranspiration the plants still get."""
    total = soil.field_capacity - soil.wilting_point
    share = (storage - soil.wilting_point) / ((1.0 - _DEPLETION) * total)
    return min(1.0, max(0.0, share))


def step(storage: float, soil: Bucket, water: float, et0: float, hours: float = 1.0) -> Step:
    """One step of `hours` with `water` mm of rain and irrigation and `et0` mm of potential loss."""
    wetted = storage + water
    ran_off = max(0.0, wetted - soil.saturation)
    wetted -= ran_off
    drained = max(0.0, wetted - soil.field_capacity) * (1.0 - exp(-hours / soil.drainage_hours))
    evaporated = min(_CROP * stress(wetted, soil) * et0, max(0.0, wetted - drained - soil.wilting_point))
    return Step(wetted - drained - evaporated, evaporated, drained, ran_off)
