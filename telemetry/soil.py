"""Soil texture classes: wilting point, field capacity, saturation (m³ water per m³ soil).

Source: K. E. Saxton and W. J. Rawls, "Soil water characteristic estimates by texture and organic
matter for hydrologic solutions", Soil Sci. Soc. Am. J. 70 (2006) 1569–1578; the rounded class means of
FAO Irrigation and Drainage Paper 56, table 19, lie within them.
"""

from typing import NamedTuple

__all__ = ["TEXTURES", "Texture", "irrigate_below"]


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


def irrigate_below(texture: Texture, depletion: float = 0.5) -> float:
    """Moisture in % at which to irrigate: FC − MAD·(FC − WP), FAO-56 eq. 83 with MAD = `depletion`."""
    low, high = texture.wilting_point, texture.field_capacity
    return 100.0 * (high - depletion * (high - low))
