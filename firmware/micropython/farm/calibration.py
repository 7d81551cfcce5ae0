"""From millivolts to pH and moisture: the maths of `telemetry/calibration.py`, held equal by vectors."""

RAIL_MARGIN_MV = 100.0


def nernst_slope(temperature):
    """mV per pH at `temperature` °C; None means 25 °C."""
    at = 25.0 if temperature is None else temperature
    return 59.16 * (at + 273.15) / 298.15


def electrode_mv(adc_mv, zero_mv, gain):
    """The electrode's mV when the ADC sees `adc_mv` behind the amplifier."""
    return (adc_mv - zero_mv) / gain


def ph(mv, slope, offset_mv, temperature=None):
    """pH at the electrode's `mV`; `slope` is a fraction of Nernst's."""
    return 7.0 - (mv - offset_mv) / (slope * nernst_slope(temperature))


def moisture(mv, dry_mv, wet_mv, dry, wet):
    """Volumetric water content in %, on the line through both points."""
    return dry + (mv - dry_mv) * (wet - dry) / (wet_mv - dry_mv)


def ph_two_point(a, b):
    """(slope, offset_mv) from two (pH, mV, °C); ValueError `points`, `slope` or `offset`."""
    if abs(a[0] - b[0]) < 1.0:
        raise ValueError("points")
    na = nernst_slope(a[2]) * (a[0] - 7.0)
    nb = nernst_slope(b[2]) * (b[0] - 7.0)
    slope = (a[1] - b[1]) / (nb - na)
    offset = a[1] + slope * na
    if not 0.85 <= slope <= 1.05:
        raise ValueError("slope")
    if abs(offset) > 30.0:
        raise ValueError("offset")
    return slope, offset


def moisture_two_point(dry_mv, wet_mv, dry, wet):
    """The four numbers of `moisture`; ValueError `points`."""
    if abs(wet_mv - dry_mv) < 200.0 or wet <= dry:
        raise ValueError("points")
    return dry_mv, wet_mv, dry, wet


def analog_fault(mv, full_scale_mv):
    """A fault where an input is at a rail, else None."""
    if mv < RAIL_MARGIN_MV:
        return "disconnected"
    return "out-of-range" if mv > full_scale_mv - RAIL_MARGIN_MV else None
