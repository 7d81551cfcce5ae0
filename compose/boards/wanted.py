"""What `boards provision` was asked for."""

from pathlib import Path

from msgspec import Struct

from firmware.boards.provision import Identity
from telemetry.clock import duration
from telemetry.errors import SettingsError

__all__ = ["Wanted", "two_numbers"]


class Wanted(Struct, frozen=True, kw_only=True):
    """The command's options."""

    port: str
    board: str
    id: str
    field: str | None = None
    lon: float | None = None
    lat: float | None = None
    gps: bool = False
    forget: bool = False
    interval: str | None = None
    soil: str | None = None
    ph: str | None = None
    moisture: str | None = None
    settings: Path | None = None
    ssid: str | None = None
    wifi_password_file: Path | None = None
    mqtt: str | None = None
    ca: Path | None = None
    user: str | None = None
    mqtt_password_file: Path | None = None
    update_key_file: Path | None = None

    def identity(self) -> Identity:
        """As the board is to have it; SettingsError where that cannot be."""
        if (self.lon is None) != (self.lat is None):
            raise SettingsError("Give --lon and --lat both, or neither.")
        position = (self.lon, self.lat) if self.lon is not None and self.lat is not None else None
        return Identity(
            id=self.id,
            forget=self.forget,
            interval_s=duration(self.interval) if self.interval else None,
            position=position,
            gps=self.gps,
            soil=self.soil,
            ph=two_numbers("--ph", self.ph),
            moisture=two_numbers("--moisture", self.moisture),
        )


def two_numbers(option: str, text: str | None) -> tuple[float, float] | None:
    """`a,b` as numbers; SettingsError names the option."""
    if text is None:
        return None
    try:
        first, second = (float(part) for part in text.split(","))
    except ValueError:
        raise SettingsError(f"{option} {text}: write two numbers with a comma between them.") from None
    return first, second
