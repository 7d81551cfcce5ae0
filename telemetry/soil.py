"""Soil texture classes: wilting point, field capacity, saturation (m³ water per m³ soil).

Source: K. E. Saxton and W. J. Rawls, "Soil water characteristic estimates by texture and organic
matter for hydrologic solutions", Soil Sci. Soc. Am. J. 70 (2006) 1569–1578; the rounded class means of
FAO Irrigation and Drainage Paper 56, table 19, lie within them.
"""

from typing import NamedTuple

__all__ = ["DEPLETION", "ROOT_DEPTH", "TEXTURES", "Texture", "irrigate_below", "missing_water"]

DEPLETION = 0.5
"""Management allowed depletion: the share of the available water that may be used up before irrigation.

FAO-56, table 22: p is 0.2–0.3 for shallow vegetables, 0.4–0.6 for most field crops; it uses 0.50 itself as
the common value (chapter 8).
"""

ROOT_DEPTH = 0.5
"""Metres, where a field says nothing else: what FAO-56, table 22 gives for most vegetables (0.3–0.8)."""


class Texture(NamedTuple):
    """Volumetric water content at wilting point, field capacity and saturation, m³/m³."""

    wilting_point: float
    field_capacity: float
    saturation: float


TEXTURES = {
    "sand": Texture(0.06, 0.13, 0.36),
    "loamy sand": Texture(0.08, 0.16, 0.38),
    "sandy loam": Texture(0.10, 0.22, 0.41),
    "loam": Texture(0.15, 0.31, 0.46),
    "silt loam": Texture(0.13, 0.33, 0.46),
    "silt": Texture(0.09, 0.33, 0.43),
    "sandy clay loam": Texture(0.20, 0.32, 0.47),
    "clay loam": Texture(0.23, 0.39, 0.50),
    "silty clay loam": Texture(0.23, 0.44, 0.52),
    "sandy clay": Texture(0.27, 0.39, 0.50),
    "silty clay": Texture(0.32, 0.50, 0.54),
    "clay": Texture(0.39, 0.54, 0.55),
}


def irrigate_below(texture: Texture, depletion: float = DEPLETION) -> float:
    """Moisture in % at which to irrigate: FC − MAD·(FC − WP), FAO-56 eq. 83 with MAD = `depletion`."""
    low, high = texture.wilting_point, texture.field_capacity
    return 100.0 * (high - depletion * (high - low))


def missing_water(texture: Texture, moisture: float, root_depth: float = ROOT_DEPTH) -> float:
    """Millimetres of water up to field capacity over `root_depth` (m), for `moisture` in %.

    The root zone depletion Dr = 1000·(θFC − θ)·Zr of FAO-56, eq. 87: what an irrigation is to bring; 0 where
    the soil is wetter than that.
    """
    return max(0.0, 1000.0 * (texture.field_capacity - moisture / 100.0) * root_depth)
