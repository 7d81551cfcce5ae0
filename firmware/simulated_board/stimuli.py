"""What stands on the pins of simulated boards, given in a JSON file instead of by the weather.

The file maps a board's id to what its sensors give, in the units of the pins; each key may be left out:

    {"avr-1": {"temperature": 21.5, "humidity": 48.25, "ph_mv": 2600, "moisture_mv": 2100},
     "avr-2": {"sht3x": "absent", "nmea": "$GPGGA,024430,3519.807,N,13921.606,E,1,08,1.0,42.0,M,,M,,*6B"}}

The ids are `avr-1`, `micropython-1` and so on. `temperature` (°C) and `humidity` (%RH) are what the SHT3x
measures, `sht3x` is `good`, `absent`, `crc` (wrong checksums) or `busy` (never ready); `ph_mv` and
`moisture_mv` are the voltages on the two analog pins, 0 to 5000 (a MicroPython board's end at 3300);
`nmea` is what the GPS says each second: a board that has it at its start takes its position from it. The
file is read again whenever it has changed; it need not be there, and a board that it does not name has
the weather of `weather.py`.
"""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from telemetry.errors import SettingsError

__all__ = ["Given", "Stimuli", "StimuliFile"]

Millivolts = Annotated[float, Meta(ge=0, le=5000)]


class Stimuli(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the sensors of one board give."""

    temperature: Annotated[float, Meta(ge=-45, le=130)] = 20.0
    humidity: Annotated[float, Meta(ge=0, le=100)] = 50.0
    sht3x: Literal["good", "absent", "crc", "busy"] = "good"
    ph_mv: Millivolts = 2500
    moisture_mv: Millivolts = 2500
    nmea: str = ""


class StimuliFile:
    """The file; `read` gives its content once, and again after each change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None

    def read(self) -> dict[str, Stimuli] | None:
        """Stimuli by board id, None where nothing has changed; SettingsError says what is wrong."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            gone, self._seen = self._seen is not None, None
            return {} if gone else None
        try:
            if self._seen == (status.st_mtime_ns, status.st_size):
                return None
            content = msgspec.json.decode(self._path.read_bytes(), type=dict[str, Stimuli])
        except OSError as why:
            raise SettingsError(f"The stimuli {self._path} cannot be read: {why.strerror}.") from why
        except msgspec.DecodeError as why:
            raise SettingsError(f"The stimuli {self._path} are not understood: {why}.") from why
        self._seen = (status.st_mtime_ns, status.st_size)
        return content


class Given:
    """What the file says now, board by board; without a file, or without a word on it: None."""

    def __init__(self, path: Path | None) -> None:
        self._file = StimuliFile(path) if path else None
        self._given: dict[str, Stimuli] = {}

    def to(self, board_id: str) -> Stimuli | None:
        """The stimuli of that board, read anew where the file has changed."""
        if self._file and (changed := self._file.read()) is not None:
            self._given = changed
        return self._given.get(board_id)
