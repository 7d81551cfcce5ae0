"""Energy of a reading, estimated: measured time awake and asleep, times currents from data sheets."""

from typing import NamedTuple

__all__ = ["SOURCES", "energy_mj"]


class Currents(NamedTuple):
    """mA at 5 V and 16 MHz: executing, and in idle sleep."""

    active: float
    idle: float


CHIPS = {"uno": Currents(2 * 5.2, 2 * 1.2), "mega": Currents(2 * 10.0, 2 * 2.7)}
_SUPPLY_V = 5.0
_SHT3X_MA, _SHT3X_S = 0.6, 0.0125

SOURCES = (
    "ATmega328P: 5.2 mA active, 1.2 mA idle, typical at 8 MHz and 5 V (data sheet DS40002061, DC "
    "characteristics), doubled for 16 MHz: the supply current grows with the clock",
    "ATmega2560: 10 mA active, 2.7 mA idle, typical at 8 MHz and 5 V (data sheet 2549, DC characteristics), "
    "doubled likewise",
    "SHT3x: 0.6 mA for the 12.5 ms of a measurement (data sheet SHT3x-DIS)",
    "an estimate of chip and SHT3x alone: USB converter, regulator and LEDs of the board, the pH amplifier "
    "and the moisture probe draw their own current all the time",
)
"""Where the figures come from, and what they leave out."""


def energy_mj(kind: str, interval_s: float, awake: float) -> float:
    """mJ between two readings of that board, which is awake for that share of the time."""
    chip = CHIPS[kind]
    chip_mj = interval_s * _SUPPLY_V * (awake * chip.active + (1 - awake) * chip.idle)
    return chip_mj + _SUPPLY_V * _SHT3X_MA * _SHT3X_S
