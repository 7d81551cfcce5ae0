"""The calibration vectors, through the CPython implementation."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import telemetry
from telemetry.calibration import (
    CalibrationError,
    MoistureCalibration,
    PhCalibration,
    PhFrontEnd,
    PhPoint,
    analog_fault,
    moisture_two_point,
    nernst_slope,
    ph_two_point,
)
from telemetry.quantities import FAULTS
from telemetry.sht3x import Sht3xError, crc8, sht3x_frame, sht3x_measurement

VECTORS = Path(telemetry.__file__).parent / "vectors"
CALIBRATION = json.loads((VECTORS / "calibration.json").read_text())


def named(part: list[Any]) -> list[Any]:
    return [pytest.param(v, id=v["name"]) for v in part]


def points(vector: dict[str, Any]) -> tuple[PhPoint, PhPoint]:
    a, b = (PhPoint(**point) for point in vector["points"])
    return a, b


def test_nernst() -> None:
    for v in CALIBRATION["nernst"]:
        assert nernst_slope(v["temperature"]) == pytest.approx(v["mv_per_ph"], abs=1e-6)


def test_front_end() -> None:
    for v in CALIBRATION["electrode"]:
        front = PhFrontEnd(v["zero_mv"], v["gain"])
        assert front.electrode_mv(v["adc_mv"]) == pytest.approx(v["mv"], abs=1e-6)
        assert front.adc_mv(v["mv"]) == pytest.approx(v["adc_mv"], abs=1e-5)


@pytest.mark.parametrize("v", named(CALIBRATION["ph_calibration"]["accepted"]))
def test_ph_two_point(v: dict[str, Any]) -> None:
    found = ph_two_point(*points(v))
    assert found.slope == pytest.approx(v["slope"], abs=1e-6)
    assert found.offset_mv == pytest.approx(v["offset_mv"], abs=1e-4)
    for at in points(v):
        assert found.ph(at.mv, at.temperature) == pytest.approx(at.ph, abs=1e-9)


@pytest.mark.parametrize("v", named(CALIBRATION["ph_calibration"]["refused"]))
def test_ph_two_point_refused(v: dict[str, Any]) -> None:
    with pytest.raises(CalibrationError) as refused:
        ph_two_point(*points(v))
    assert refused.value.reason == v["reason"]


def test_ph() -> None:
    for v in CALIBRATION["ph"]:
        calibration = PhCalibration(v["slope"], v["offset_mv"])
        assert calibration.ph(v["mv"], v["temperature"]) == pytest.approx(v["ph"], abs=1e-6)
        assert calibration.mv(v["ph"], v["temperature"]) == pytest.approx(v["mv"], abs=1e-3)


def test_moisture() -> None:
    for v in CALIBRATION["moisture"]:
        calibration = MoistureCalibration(v["dry_mv"], v["wet_mv"], v["dry"], v["wet"])
        assert calibration.moisture(v["mv"]) == pytest.approx(v["moisture"], abs=1e-6)
        assert calibration.mv(v["moisture"]) == pytest.approx(v["mv"], abs=1e-3)


@pytest.mark.parametrize("v", named(CALIBRATION["moisture_calibration"]["accepted"]))
def test_moisture_two_point(v: dict[str, Any]) -> None:
    found = moisture_two_point(v["dry_mv"], v["wet_mv"], v["dry"], v["wet"])
    assert found.moisture(v["dry_mv"]) == v["dry"]
    assert found.moisture(v["wet_mv"]) == v["wet"]


@pytest.mark.parametrize("v", named(CALIBRATION["moisture_calibration"]["refused"]))
def test_moisture_two_point_refused(v: dict[str, Any]) -> None:
    with pytest.raises(CalibrationError) as refused:
        moisture_two_point(v["dry_mv"], v["wet_mv"], v["dry"], v["wet"])
    assert refused.value.reason == v["reason"]


def test_analog_fault() -> None:
    for v in CALIBRATION["analog_fault"]:
        assert analog_fault(v["mv"], v["full_scale_mv"]) == v["fault"]
        assert v["fault"] is None or v["fault"] in FAULTS


@pytest.mark.parametrize("v", named(CALIBRATION["sht3x"]))
def test_sht3x(v: dict[str, Any]) -> None:
    frame = bytes.fromhex(v["hex"])
    if "fault" in v:
        with pytest.raises(Sht3xError):
            sht3x_measurement(frame)
    else:
        assert sht3x_measurement(frame) == pytest.approx((v["temperature"], v["humidity"]), abs=1e-6)
        assert sht3x_frame(v["temperature"], v["humidity"]) == frame


def test_crc8() -> None:
    for v in json.loads((VECTORS / "crc.json").read_text())["crc8"]:
        assert f"{crc8(bytes.fromhex(v['hex'])):02X}" == v["crc"]


@given(st.floats(0.85, 1.05), st.floats(-30, 30), st.floats(0, 14), st.floats(-10, 50))
def test_ph_round_trip(slope: float, offset: float, ph: float, temperature: float) -> None:
    calibration = PhCalibration(slope, offset)
    assert calibration.ph(calibration.mv(ph, temperature), temperature) == pytest.approx(ph, abs=1e-9)
