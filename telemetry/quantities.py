"""What a board measures: name, unit, bounds and the key on each wire, stated once.

Bounds are the gross range outside of which no soil or air of a farm is (quality control flags what
lies outside; it is never dropped). Decimals are what the line protocol prints, one digit finer than
the usual sensor resolves: SHT3x 0.01 °C and 0.01 %RH (data sheet, table 1), pH probe 0.01.
"""

from typing import NamedTuple

__all__ = ["FAULTS", "QUANTITIES", "Quantity", "quantity"]


class Quantity(NamedTuple):
    """One measured quantity; `line_key` is its key on the serial line, `legacy_key` in flat JSON."""

    name: str
    unit: str
    low: float
    high: float
    decimals: int
    line_key: str
    legacy_key: str


QUANTITIES = (
    Quantity("temperature", "°C", -40.0, 85.0, 2, "temp", "temperature"),
    Quantity("humidity", "%RH", 0.0, 100.0, 2, "hum", "humidity"),
    Quantity("ph", "pH", 0.0, 14.0, 2, "ph", "ph"),
    Quantity("moisture", "%", 0.0, 100.0, 2, "vwc", "whc"),
)

FAULTS = (
    "absent",  # the board has no such sensor, or did not send the value
    "disconnected",  # nothing answers on the bus, or the input floats
    "timeout",  # the sensor answers, but not in time
    "crc",  # the sensor's own checksum failed
    "out-of-range",  # the raw value is outside of what the sensor can give
    "uncalibrated",  # no usable calibration is stored
    "no-fix",  # position only: the GPS has no fix
    "unknown",  # a reason that is not in this list
)
"""The closed list of reasons why a value is missing."""

_BY_NAME = {q.name: q for q in QUANTITIES}


def quantity(name: str) -> Quantity:
    """Return the quantity called `name`; KeyError where there is none."""
    return _BY_NAME[name]
