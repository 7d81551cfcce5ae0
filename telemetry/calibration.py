"""From millivolts to soil pH and moisture, and the two-point calibrations of both.

A glass electrode gives `E = offset - slope * N(T) * (pH - 7)` with Nernst's factor
`N(T) = 59.16 * (T + 273.15) / 298.15` mV per pH (R*T*ln(10)/F; IUPAC, Buck et al., Pure Appl. Chem. 74
(2002) 2169). `slope` is 1 for an ideal electrode and falls with age; 85 to 105 % and at most 30 mV of
offset are what makers of electrodes accept. Its amplifier puts out `zero_mv + gain * E`.
"""

from typing import NamedTuple

from telemetry.errors import FarmstreamError

__all__ = [
    "CalibrationError", "MoistureCalibration", "PhCalibration", "PhFrontEnd", "PhPoint",
    "analog_fault", "moisture_two_point", "nernst_slope", "ph_two_point",
]  # fmt: skip

STANDARD_TEMPERATURE = 25.0
RAIL_MARGIN_MV = 100.0
MIN_PH_SPAN = 1.0
MIN_MOISTURE_SPAN_MV = 200.0


class CalibrationError(FarmstreamError):
    """The two points cannot be a calibration; `reason` is `points`, `slope` or `offset`."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class PhPoint(NamedTuple):
    """An electrode's mV in a buffer of known pH, at a temperature in °C."""

    ph: float
    mv: float
    temperature: float


class PhFrontEnd(NamedTuple):
    """The amplifier between electrode and ADC: its output at 0 mV, and its gain."""

    zero_mv: float = 2500.0
    gain: float = 3.0

    def electrode_mv(self, adc_mv: float) -> float:
        """The electrode's mV when the ADC sees `adc_mv`."""
        return (adc_mv - self.zero_mv) / self.gain

    def adc_mv(self, electrode_mv: float) -> float:
        """What the ADC sees when the electrode gives `electrode_mv`."""
        return self.zero_mv + self.gain * electrode_mv


class PhCalibration(NamedTuple):
    """`slope` as a fraction of Nernst's, `offset_mv` at pH 7."""

    slope: float
    offset_mv: float

    def ph(self, mv: float, temperature: float | None = None) -> float:
        """The pH at `mv` from the electrode; without a temperature that of the standard, 25 °C."""
        return 7.0 - (mv - self.offset_mv) / (self.slope * nernst_slope(temperature))

    def mv(self, ph: float, temperature: float | None = None) -> float:
        """The electrode's mV at `ph`."""
        return self.offset_mv - self.slope * nernst_slope(temperature) * (ph - 7.0)


class MoistureCalibration(NamedTuple):
    """Two points in one soil: the sensor's mV, and the soil's volumetric water content there, in %."""

    dry_mv: float
    wet_mv: float
    dry: float
    wet: float

    def moisture(self, mv: float) -> float:
        """Volumetric water content in %, on the line through both points; not cut at 0 or 100."""
        return self.dry + (mv - self.dry_mv) * (self.wet - self.dry) / (self.wet_mv - self.dry_mv)

    def mv(self, moisture: float) -> float:
        """The sensor's mV at `moisture` %."""
        return self.dry_mv + (moisture - self.dry) * (self.wet_mv - self.dry_mv) / (self.wet - self.dry)


def nernst_slope(temperature: float | None) -> float:
    """Nernst's factor in mV per pH at `temperature` °C; 59.16 at 25 °C, which None means too."""
    at = STANDARD_TEMPERATURE if temperature is None else temperature
    return 59.16 * (at + 273.15) / 298.15


def ph_two_point(a: PhPoint, b: PhPoint) -> PhCalibration:
    """The calibration through two buffers; CalibrationError where no sound electrode gives it."""
    if abs(a.ph - b.ph) < MIN_PH_SPAN:
        raise CalibrationError("points", "The two buffers are less than 1 pH apart: use 4.01 and 6.86.")
    per_slope_a = nernst_slope(a.temperature) * (a.ph - 7.0)
    per_slope_b = nernst_slope(b.temperature) * (b.ph - 7.0)
    slope = (a.mv - b.mv) / (per_slope_b - per_slope_a)
    offset = a.mv + slope * per_slope_a
    if not 0.85 <= slope <= 1.05:
        text = f"The electrode's slope is {100 * slope:.1f} %, not 85 to 105 %: clean or replace it."
        raise CalibrationError("slope", text)
    if abs(offset) > 30.0:
        text = f"The electrode's offset is {offset:.1f} mV, not within 30 mV: clean or replace it."
        raise CalibrationError("offset", text)
    return PhCalibration(slope, offset)


def moisture_two_point(dry_mv: float, wet_mv: float, dry: float, wet: float) -> MoistureCalibration:
    """The calibration through dry and wet soil; CalibrationError where the points are too near."""
    if abs(wet_mv - dry_mv) < MIN_MOISTURE_SPAN_MV or wet <= dry:
        text = "Dry and wet differ by less than 200 mV: calibrate in dry and then in saturated soil."
        raise CalibrationError("points", text)
    return MoistureCalibration(dry_mv, wet_mv, dry, wet)


def analog_fault(mv: float, full_scale_mv: float) -> str | None:
    """A fault where an analog input is at a rail: a pull-down makes an open input read 0."""
    if mv < RAIL_MARGIN_MV:
        return "disconnected"
    return "out-of-range" if mv > full_scale_mv - RAIL_MARGIN_MV else None
