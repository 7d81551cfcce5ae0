"""list, provision, calibrate and monitor, against the real sketch on simulated chips."""

import json
import re
import time

import pytest

from firmware.boards.talk import Talk, open_port
from firmware.simulated_board import SimulatedBoard
from firmware.simulated_board.board import MOISTURE_CHANNEL, PH_CHANNEL
from telemetry.calibration import PhCalibration, PhFrontEnd
from tests.firmware.boards.desk import Guided, boards

ELECTRODE = PhCalibration(slope=0.97, offset_mv=5.2)


def shown(board: SimulatedBoard) -> list[str]:
    """What the board keeps."""
    with Talk(str(board.port)) as talk:
        talk.hello()
        talk.send("C ?")
        return list(talk.lines(3.0))


def test_list_asks_what_stands_at_a_port(arduino: SimulatedBoard) -> None:
    told = boards("list", "--port", str(arduino.port), "--json")
    (found,) = json.loads(told.stdout)
    assert (found["state"], found["hello"]["board"]) == ("answers", arduino.kind)
    table = boards("list", "--port", str(arduino.port), "--port", "/dev/not-there").stdout
    assert f"board {arduino.kind}" in table
    assert "There is no port /dev/not-there" in table


def test_a_port_in_use_is_told_and_left_alone(arduino: SimulatedBoard) -> None:
    with open_port(str(arduino.port)):
        (found,) = json.loads(boards("list", "--port", str(arduino.port), "--json").stdout)
        flashed = boards("flash", "--port", str(arduino.port), "--board", arduino.kind)
    assert found["state"] == "in use"
    assert flashed.returncode == 1
    assert f"{arduino.port} is in use by another program" in flashed.stderr


def test_provision_gives_a_board_what_it_needs(arduino: SimulatedBoard) -> None:
    done = boards(
        "provision", "--port", str(arduino.port), "--board", arduino.kind, "--id", "desk-1", "--no-register",
        "--lon", "139.3601", "--lat", "35.33012", "--interval", "5s", "--soil", "sandy loam",
        "--ph", "0.95,-4.5", "--moisture", "2800,1200", "--forget",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{arduino.port} is desk-1 now, not registered.\n"
    kept = shown(arduino)
    for line in ("L position=35.33012,139.36010", "L soil=sandy-loam", "L ph=0.9500,-4.50"):
        assert line in kept
    assert "L moisture=2800,1200 at 0.00,41.00" in kept
    assert any(line.startswith("H id=desk-1 ") and "interval=5000" in line for line in kept)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--id", "two words"), "1 to 32 letters, digits"),
        (("--id", "desk-1", "--lon", "139"), "Give --lon and --lat both, or neither."),
        (("--id", "desk-1", "--ph", "0.5,0"), "SLOPE,OFFSET with 0.85 to 1.05"),
        (("--id", "desk-1", "--ph", "good"), "write two numbers with a comma"),
        (("--id", "d3"), "readings of the old id wait"),
        (("--id", "desk-1", "--soil", "moon"), "a texture such as loam"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    arduino: SimulatedBoard, words: tuple[str, ...], sentence: str
) -> None:
    done = boards("provision", "-p", str(arduino.port), "-b", arduino.kind, "--no-register", *words)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("farmstream: ")


def test_calibrate_ph_in_two_buffers(arduino: SimulatedBoard) -> None:
    arduino.climate(18.0, 50.0)
    guide = Guided("calibrate", "-p", str(arduino.port), "ph", "--buffers", "6.86,4.01")
    for buffer in (6.86, 4.01):
        guide.until(f"buffer of pH {buffer}")
        arduino.voltage(PH_CHANNEL, PhFrontEnd().adc_mv(ELECTRODE.mv(buffer, 18.0)))
        guide.settle(PhFrontEnd().adc_mv(ELECTRODE.mv(buffer, 18.0)))
        guide.enter()
    assert guide.finish() == 0, guide.said
    assert "slope 9" in guide.said
    slope, offset = next(line for line in shown(arduino) if line.startswith("L ph="))[5:].split(",")
    assert float(slope) == pytest.approx(0.97, abs=0.015)
    assert float(offset) == pytest.approx(5.2, abs=1.5)


def test_calibrate_moisture_dry_and_wet(arduino: SimulatedBoard) -> None:
    guide = Guided("calibrate", "-p", str(arduino.port), "moisture", "--wet", "44")
    for instruction, millivolts in (("dry soil", 2900), ("saturated with water", 1400)):
        guide.until(instruction)
        arduino.voltage(MOISTURE_CHANNEL, millivolts)
        guide.settle(millivolts)
        guide.enter()
    assert guide.finish() == 0, guide.said
    (kept,) = {line for line in shown(arduino) if line.startswith("L moisture=")}
    dry, wet, contents = re.match(r"L moisture=(\d+),(\d+) at (.*)", kept).groups()  # type: ignore[union-attr]
    assert (int(dry), int(wet), contents) == (
        pytest.approx(2900, abs=5),
        pytest.approx(1400, abs=5),
        "0.00,44.00",
    )


def test_a_refused_point_is_the_boards_sentence(arduino: SimulatedBoard) -> None:
    guide = Guided("calibrate", "-p", str(arduino.port), "moisture")
    guide.until("dry soil")
    arduino.voltage(MOISTURE_CHANNEL, 0)
    guide.until("disconnected")
    guide.enter()
    assert guide.finish() == 1
    assert "The board does not take this point: the sensor is not connected." in guide.said
    arduino.voltage(MOISTURE_CHANNEL, 2000)


def test_monitor_shows_readings_in_three_forms(arduino: SimulatedBoard) -> None:
    boards(
        "provision",
        "-p",
        str(arduino.port),
        "-b",
        arduino.kind,
        "--no-register",
        "--id",
        "d2",
        "--forget",
        "--interval",
        "1s",
    )
    text = boards("monitor", "-p", str(arduino.port), "--for", "4s").stdout
    assert re.search(r"d2 \d+/\d+  temperature \d\d\.\d\d °C  humidity 50\.\d\d %RH  ph ", text), text
    raw = boards("monitor", "-p", str(arduino.port), "--for", "4s", "--raw").stdout
    assert re.search(r"^R id=d2 boot=\d+ seq=\d+ age=\d+ .*\*[0-9A-F]{4}$", raw, re.MULTILINE), raw
    objects = [
        json.loads(line)
        for line in boards("monitor", "-p", str(arduino.port), "--for", "4s", "--json").stdout.splitlines()
    ]
    reading = next(each for each in objects if each["kind"] == "reading")
    assert (reading["id"], reading["main"]["humidity"]) == ("d2", pytest.approx(50.0, abs=0.1))
    assert {each["kind"] for each in objects} <= {"hello", "reading", "log"}


def test_nothing_that_answers_is_one_sentence() -> None:
    import os
    import pty

    master, slave = pty.openpty()
    started = time.monotonic()
    done = boards("calibrate", "-p", os.ttyname(slave), "ph")
    os.close(master)
    os.close(slave)
    assert done.returncode == 1
    assert "answers: is a board with the Farmstream firmware there" in done.stderr
    assert time.monotonic() - started < 60
