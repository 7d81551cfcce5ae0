"""A board's sensors: the truth, plus this board's calibration bias, plus noise, in the sensor's steps.

Spreads are typical accuracies of the parts: SHT3x ±0.2 °C and ±2 %RH (data sheet, table 1 and 2, taken
as two sigma), a two-point calibrated pH probe ±0.1, a capacitive moisture probe ±1 % after calibration.
The bias is fixed per board, within two sigma; a pH probe's also drifts by up to ±0.1 a year.
"""

from math import pi, sin
from typing import NamedTuple

from firmware.simulator.ground import HOUR_MS, Air
from firmware.simulator.randomness import key_of, normal, uniform, word
from telemetry.quantities import QUANTITIES

__all__ = ["Probes", "Values"]

Values = tuple[float, float, float, float]


class _Spread(NamedTuple):
    bias: float
    noise: float


_SPREADS = {
    "temperature": _Spread(0.1, 0.04),
    "humidity": _Spread(1.0, 0.15),
    "ph": _Spread(0.05, 0.01),
    "moisture": _Spread(0.5, 0.08),
}
_DIGITS = tuple(q.decimals for q in QUANTITIES)
_YEAR_MS = 8766 * HOUR_MS


class Probes:
    """The four sensors of one board."""

    def __init__(self, seed: int, board: str) -> None:
        key = key_of(seed, "bias", board)
        spreads = [_SPREADS[q.name] for q in QUANTITIES]
        self.bias = tuple(s.bias * max(-2.0, min(2.0, normal(key, i))) for i, s in enumerate(spreads))
        self._noise = tuple(2.0 * s.noise / 65535.0 for s in spreads)
        self._least = tuple(b - s.noise for b, s in zip(self.bias, spreads, strict=True))
        self._phase = 2 * pi * uniform(key, 9)
        self._key = key_of(seed, "noise", board)

    def measure(self, air: Air, epoch_ms: int) -> Values:
        """What the board reads at this instant: temperature, humidity, pH, moisture."""
        bits, noise, least = word(self._key, epoch_ms), self._noise, self._least
        ph = air.ph + 0.1 * sin(2 * pi * epoch_ms / _YEAR_MS + self._phase)
        a, b, c, d = _DIGITS
        humidity = air.humidity + least[1] + noise[1] * (bits >> 16 & 0xFFFF)
        return (
            round(air.temperature + least[0] + noise[0] * (bits & 0xFFFF), a),
            round(min(100.0, max(0.0, humidity)), b),
            round(ph + least[2] + noise[2] * (bits >> 32 & 0xFFFF), c),
            round(max(0.0, air.moisture + least[3] + noise[3] * (bits >> 48)), d),
        )
