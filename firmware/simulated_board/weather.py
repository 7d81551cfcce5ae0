"""What stands around a simulated board: plausible values that vary slowly, and the pins' side of them."""

from math import pi, sin
from typing import NamedTuple

from firmware.simulated_board.board import MOISTURE_CHANNEL, PH_CHANNEL, SimulatedBoard
from telemetry.calibration import MoistureCalibration, PhCalibration, PhFrontEnd

__all__ = ["MOISTURE", "PH", "Surroundings", "expose", "surroundings"]

PH = PhCalibration(slope=0.97, offset_mv=3.1)
"""The electrode of every simulated board; its sketch is given the same numbers."""
MOISTURE = MoistureCalibration(dry_mv=2900, wet_mv=1300, dry=0.0, wet=46.0)
"""The moisture sensor of every simulated board, in loam."""

_FRONT_END = PhFrontEnd()
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


def expose(board: SimulatedBoard, to: Surroundings) -> None:
    """Set the board's sensors to what they give in these surroundings."""
    board.climate(to.temperature, to.humidity)
    board.voltage(PH_CHANNEL, _FRONT_END.adc_mv(PH.mv(to.ph, to.temperature)))
    board.voltage(MOISTURE_CHANNEL, MOISTURE.mv(to.moisture))
