"""What a board is to be: identity, position, calibration; given to an Arduino through its console."""

from collections.abc import Callable

from msgspec import Struct

from firmware.boards.talk import Talk
from telemetry.soil import TEXTURES

__all__ = ["Identity", "provision_arduino", "soil_name"]


class Identity(Struct, frozen=True, kw_only=True):
    """What is None stays as the board has it. `ph` is (slope, offset mV), `moisture` (dry mV, wet mV)."""

    id: str
    forget: bool = False
    """Give up the readings that wait under another id."""
    interval_s: float | None = None
    position: tuple[float, float] | None = None
    """(longitude, latitude), WGS84 degrees."""
    gps: bool = False
    soil: str | None = None
    ph: tuple[float, float] | None = None
    moisture: tuple[float, float] | None = None


def provision_arduino(talk: Talk, wanted: Identity, tell: Callable[[str], None]) -> dict[str, str]:
    """Set what is wanted, each key told once it is kept; the board's new hello. It has said one already."""
    for key, value in _keys(wanted).items():
        talk.set(key, value)
        tell(f"{key} {value}".rstrip())
    talk.send("C ?")
    return talk.hello()


def soil_name(texture: str) -> str:
    """A texture as the console spells it: `sandy-loam`."""
    return texture.replace(" ", "-") if texture in TEXTURES else texture


def _keys(wanted: Identity) -> dict[str, str]:
    """In this order: another soil forgets the moisture calibration."""
    keys = {"forget": ""} if wanted.forget else {}
    keys["id"] = wanted.id
    if wanted.interval_s is not None:
        keys["interval"] = f"{wanted.interval_s * 1000:.0f}"
    if wanted.gps:
        keys["position"] = "gps"
    elif wanted.position is not None:
        lon, lat = wanted.position
        keys["position"] = f"{lat:.5f},{lon:.5f}"
    if wanted.soil is not None:
        keys["soil"] = soil_name(wanted.soil)
    if wanted.ph is not None:
        keys["ph"] = f"{wanted.ph[0]:.4f},{wanted.ph[1]:.2f}"
    if wanted.moisture is not None:
        keys["moisture"] = f"{wanted.moisture[0]:.0f},{wanted.moisture[1]:.0f}"
    return keys
