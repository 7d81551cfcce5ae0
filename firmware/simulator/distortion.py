"""What is wrong with one value of a board for a while: it is stuck, off, drifting or noisy.

Sizes are those of a probe that must be seen to: a few times its accuracy after calibration
(firmware.simulator.probes). Temperature and humidity of a usual day move by three times as much.
"""

from dataclasses import dataclass

from telemetry.quantities import QUANTITIES

__all__ = ["LASTING", "Distortion", "distortion"]

_SIZES = (3.0, 12.0, 0.6, 6.0)
_LENGTHS = {"stuck": (10, 31), "jump": (60, 181), "drift": (60, 181), "noise": (20, 41)}
"""Readings at least, and how many lengths there are from there on."""

LASTING = tuple(_LENGTHS)
"""The kinds of fault that are one of these."""


@dataclass(slots=True)
class Distortion:
    """Of the quantity `which`; `size` has a sign, `stuck_at` is the value at the beginning."""

    kind: str
    which: int
    size: float
    stuck_at: float
    length: int
    age: int = 0

    @property
    def over(self) -> bool:
        """Whether the value is right again."""
        return self.age >= self.length

    def distorted(self, value: float, bits: int) -> float:
        """What is measured in place of the value; `bits` are drawn anew for each reading."""
        self.age += 1
        if self.kind == "stuck":
            return self.stuck_at
        share = {
            "jump": 1.0,
            "drift": 2.0 * self.age / self.length,
            "noise": (bits >> 20) % 2001 / 1000 - 1.0,
        }
        return round(value + self.size * share[self.kind], QUANTITIES[self.which].decimals)


def distortion(kind: str, values: tuple[float, ...], bits: int) -> Distortion:
    """One of LASTING that begins with these values."""
    which, (least, spread) = bits % len(QUANTITIES), _LENGTHS[kind]
    sign = 1 if bits >> 17 & 1 else -1
    return Distortion(kind, which, sign * _SIZES[which], values[which], least + (bits >> 8) % spread)
