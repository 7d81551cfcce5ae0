"""The console: shows and sets, and refuses what cannot be, with the reason."""

import pytest

from firmware.simulated_board import Conversation, SimulatedBoard
from firmware.simulated_board.board import MOISTURE_CHANNEL, PH_CHANNEL
from telemetry.calibration import PhCalibration
from tests.firmware.avr.bench import FRONT_END, decoded, hello, measured, power_cycled, provision, readings

ELECTRODE = PhCalibration(slope=0.97, offset_mv=5.2)


def shown(line: Conversation, command: str = "show") -> dict[str, str]:
    """What `show` says, key by key."""
    lines = line.ask(command)
    fields = hello(next(text for text in lines if text.startswith("H ")))
    return fields | dict(text[2:].split("=", 1) for text in lines if text.startswith("L "))


def at(line: Conversation, ph: float, temperature: float = 20.0) -> None:
    """Put the electrode into a buffer."""
    line.board.voltage(PH_CHANNEL, FRONT_END.adc_mv(ELECTRODE.mv(ph, temperature)))


@pytest.mark.parametrize("command", ["show", "C ?"])
def test_shows_what_was_set(line: Conversation, command: str) -> None:
    provision(line, interval="60000", soil="sandy-loam", moisture="2700,1300")
    said = shown(line, command)
    wanted = {
        "id": "b1", "interval": "60000", "position": "35.33012,139.36010", "soil": "sandy-loam",
        "ph": "0.9500,-4.50", "moisture": "2700,1300 at 0.00,41.00", "settings": "good",
    }  # fmt: skip
    assert {key: said[key] for key in wanted} == wanted


def test_what_was_set_outlives_a_loss_of_power(board: SimulatedBoard, line: Conversation) -> None:
    provision(line, interval="60000", soil="clay", moisture="2700,1300")
    before = shown(line)
    power_cycled(board, line)
    after = shown(line)
    keys = ("id", "interval", "position", "soil", "ph", "moisture", "settings")
    assert [after[key] for key in keys] == [before[key] for key in keys]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("id ", "1 to 32 letters"),
        ("id two words", "1 to 32 letters"),
        ("id " + "x" * 33, "1 to 32 letters"),
        ("id unset", "that word means"),
        ("interval 99", "100 to 86400000 ms"),
        ("interval 86400001", "100 to 86400000 ms"),
        ("interval 1e3", "100 to 86400000 ms"),
        ("interval -5", "100 to 86400000 ms"),
        ("position 91,0", "LAT,LON in degrees"),
        ("position 0,180.00001", "LAT,LON in degrees"),
        ("position 35.33", "LAT,LON in degrees"),
        ("position 35.3,139.3,7", "LAT,LON in degrees"),
        ("position here", "LAT,LON in degrees"),
        ("soil moon", "a texture such as"),
        ("ph 0.84,0", "SLOPE,OFFSET"),
        ("ph 1,30.01", "SLOPE,OFFSET"),
        ("moisture 2000,2100", "200 apart"),
        ("moisture 50,2100", "100 to 4900"),
        ("boot 0", "above the present boot"),
        ("flood 4000", "0 to 3600 seconds"),
        ("colour red", "unknown, `help` lists all"),
        ("C interval=soon", "100 to 86400000 ms"),
        ("C nothing", "unknown, `help` lists all"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(line: Conversation, command: str, reason: str) -> None:
    provision(line)
    before = shown(line)
    answers = line.ask(command)
    assert any(text.startswith("L refused ") and reason in text for text in answers), answers
    assert shown(line) == before


def test_help_names_every_command(line: Conversation) -> None:
    said = "\n".join(line.ask("help"))
    for word in (
        "id", "interval", "position", "soil", "cal ph", "cal moisture", "ph", "moisture", "boot", "forget",
        "defaults", "show", "raw", "measure", "flood", "hang", "C ?",
    ):  # fmt: skip
        assert word in said


def test_a_ph_electrode_is_calibrated_in_two_buffers(line: Conversation) -> None:
    provision(line)
    line.board.climate(18.0, 50.0)
    at(line, 6.86, 18.0)
    assert any("first point taken" in text for text in line.ask("cal ph 6.86"))
    at(line, 4.01, 18.0)
    assert any(text.startswith("L ok cal ph: slope 9") for text in line.ask("cal ph 4.01"))
    slope, offset = (float(number) for number in shown(line)["ph"].split(","))
    assert slope == pytest.approx(0.97, abs=0.015)
    assert offset == pytest.approx(5.2, abs=1.5)
    at(line, 5.5, 18.0)
    assert measured(line).main.ph == pytest.approx(5.5, abs=0.03)


def test_the_first_buffer_is_remembered_over_a_loss_of_power(
    board: SimulatedBoard, line: Conversation
) -> None:
    provision(line)
    at(line, 4.01)
    line.ask("cal ph 4.01")
    power_cycled(board, line)
    at(line, 6.86)
    assert any(text.startswith("L ok cal ph: slope") for text in line.ask("cal ph 6.86"))


@pytest.mark.parametrize(
    ("electrode", "reason"),
    [(PhCalibration(0.7, 0.0), "slope is not 85"), (PhCalibration(1.0, 41.0), "offset is not within 30 mV")],
)
def test_a_worn_electrode_is_refused_and_the_old_calibration_stays(
    line: Conversation, electrode: PhCalibration, reason: str
) -> None:
    provision(line)
    before = shown(line)["ph"]
    for buffer in (4.01, 6.86):
        line.board.voltage(PH_CHANNEL, FRONT_END.adc_mv(electrode.mv(buffer, 20.0)))
        answers = line.ask(f"cal ph {buffer}")
    assert any("refused cal" in text and reason in text for text in answers)
    assert shown(line)["ph"] == before


def test_the_same_buffer_twice_is_one_point(line: Conversation) -> None:
    provision(line)
    at(line, 6.86)
    for _ in range(2):
        assert any("first point taken" in text for text in line.ask("cal ph 6.86"))


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("cal ph 0.5", "a buffer of pH 1 to 13"),
        ("cal ph seven", "a buffer of pH 1 to 13"),
        ("cal ph 6.86", "the sensor is not connected"),
        ("cal moisture dry", "the sensor is not connected"),
        ("cal moisture damp", "cal ph 4.01, cal ph 6.86"),
        ("cal moisture dry 101", "water content is 0 to 100 %"),
        ("cal water", "cal ph 4.01, cal ph 6.86"),
    ],
)
def test_a_calibration_that_cannot_be_is_refused(line: Conversation, command: str, reason: str) -> None:
    answers = line.ask(command)
    assert any("refused cal" in text and reason in text for text in answers), answers


def test_moisture_is_calibrated_dry_and_wet_per_soil(line: Conversation) -> None:
    provision(line, soil="clay-loam")
    assert measured(line).faults == {}
    assert "L ok soil" in line.ask("soil sand")
    assert measured(line).faults == {"moisture": "uncalibrated"}
    line.board.voltage(MOISTURE_CHANNEL, 2900)
    assert any("now the other point" in text for text in line.ask("cal moisture dry"))
    line.board.voltage(MOISTURE_CHANNEL, 2750)
    assert any("less than 200 mV apart" in text for text in line.ask("cal moisture wet"))
    line.board.voltage(MOISTURE_CHANNEL, 1400)
    assert any(text.startswith("L ok cal moisture: wet 1") for text in line.ask("cal moisture wet"))
    line.board.voltage(MOISTURE_CHANNEL, 2150)
    assert measured(line).main.moisture == pytest.approx(18.0, abs=0.15)  # half of what sand holds


def test_the_interval_is_kept(line: Conversation) -> None:
    provision(line, interval="2000")
    start = measured(line).seq
    assert start is not None
    for seq in range(start + 1, start + 6):
        assert decoded(line.until("R ", 3.0)).seq == seq
        line.send(f"A 1 {seq}")
    line.ask("interval 500")
    line.ask("forget")
    seqs = {reading.seq for reading in readings(line.run(10.0))}
    assert len(seqs) == pytest.approx(20, abs=1)


def test_another_id_waits_for_the_readings_of_the_old_one(line: Conversation) -> None:
    provision(line)
    line.ask("measure", 1.0)
    assert any("readings of the old id wait" in text for text in line.ask("id b2"))
    line.ask("forget")
    assert "L ok id" in line.ask("id b2")
    assert measured(line).id == "b2"


def test_a_line_that_is_too_long_is_dropped_whole(line: Conversation) -> None:
    provision(line)
    assert line.ask("id " + "y" * 100 + " id b3") == []
    assert shown(line)["id"] == "b1"
