"""The map's ground: degrees to metres east and north of the farm's middle.

Equirectangular projection about the middle latitude: over a farm of 10 km its error is below a metre.
Lengths of a degree from the WGS84 series (NGA.STND.0036, as in the Geodesy chapter of FAA Order 8260.58).
"""

from collections.abc import Iterable
from math import cos, radians
from typing import NamedTuple

__all__ = ["Ground", "ground_of"]


class Ground(NamedTuple):
    """Where the origin is, in degrees."""

    lon: float
    lat: float

    def metres(self, lon: float, lat: float) -> tuple[float, float]:
        """East and north of the origin, in m."""
        per_lon, per_lat = self._degree()
        east = (lon - self.lon + 180.0) % 360.0 - 180.0
        return east * per_lon, (lat - self.lat) * per_lat

    def scale(self) -> dict[str, float]:
        """The origin, and the metres of a degree to the east and to the north."""
        per_lon, per_lat = self._degree()
        return {"lon": self.lon, "lat": self.lat, "east": per_lon, "north": per_lat}

    def _degree(self) -> tuple[float, float]:
        phi = radians(self.lat)
        per_lat = 111132.92 - 559.82 * cos(2 * phi) + 1.175 * cos(4 * phi)
        return 111412.84 * cos(phi) - 93.5 * cos(3 * phi) + 0.118 * cos(5 * phi), per_lat


def ground_of(points: Iterable[tuple[float, float]]) -> Ground:
    """The ground whose origin is the middle of the box around `points` (lon, lat); (0, 0) without any."""
    listed = list(points)
    if not listed:
        return Ground(0.0, 0.0)
    lons, lats = zip(*listed, strict=True)
    return Ground((min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2)
