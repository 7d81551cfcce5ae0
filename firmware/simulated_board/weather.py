"""What stands around a simulated board: plausible values that vary slowly, and the pins' side of them."""

from math import pi, sin
from typing import NamedTuple

from firmware.simulated_board.stimuli import Stimuli
from telemetry.calibration import MoistureCalibration, PhCalibration, PhFrontEnd

__all__ = ["MOISTURE", "PH", "Surroundings", "surroundings", "weather"]

PH = PhCalibration(slope=0.97, offset_mv=3.1)
"""The electrode of every simulated board; its firmware is given the same numbers."""
MOISTURE = MoistureCalibration(dry_mv=2900, wet_mv=1300, dry=0.0, wet=46.0)
"""The moisture sensor of every simulated board, in loam."""

_DAY_S = 86400.0
_IRRIGATION_S = 4 * 3600.0


class Surroundings(NamedTuple):
    """°C, %RH, pH, % volumetric water content."""

    temperature: float
    humidity: float
    ph: float
    moisture: float


def surroundings(number: int, seconds: float) -> Surroundings:
    """Around board `number`, `seconds` after midnight UTC: soil dries between irrigations."""
    day = sin(2 * pi * (seconds / _DAY_S - 0.375))
    dried = (seconds / _IRRIGATION_S + 0.3 * number) % 1.0
    return Surroundings(
        temperature=18.0 + 6.0 * day + 0.4 * (number % 3),
        humidity=62.0 - 18.0 * day,
        ph=6.3 + 0.1 * (number % 4) + 0.05 * day,
        moisture=32.0 - 6.0 * dried,
    )


def weather(number: int, seconds: float, front_end: PhFrontEnd) -> Stimuli:
    """What the sensors of board `number` give then, behind that amplifier of the electrode."""
    now = surroundings(number, seconds)
    return Stimuli(
        temperature=now.temperature,
        humidity=now.humidity,
        ph_mv=front_end.adc_mv(PH.mv(now.ph, now.temperature)),
        moisture_mv=MOISTURE.mv(now.moisture),
    )
