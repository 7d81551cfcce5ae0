"""What the tests of the Arduino boards share."""

import re
import subprocess

from firmware.arduino.build import build
from firmware.simulated_board import Conversation, SimulatedBoard
from firmware.simulated_board.board import MOISTURE_CHANNEL, PH_CHANNEL
from telemetry.calibration import MoistureCalibration, PhCalibration, PhFrontEnd
from telemetry.line import Hello, decode_line
from telemetry.reading import Reading

PH = PhCalibration(slope=0.95, offset_mv=-4.5)
MOISTURE = MoistureCalibration(dry_mv=2800, wet_mv=1200, dry=0.0, wet=46.0)
FRONT_END = PhFrontEnd()

SETTINGS = {
    "id": "b1",
    "ph": f"{PH.slope},{PH.offset_mv}",
    "moisture": f"{MOISTURE.dry_mv},{MOISTURE.wet_mv}",
    "position": "35.33012,139.36010",
}


def provision(line: Conversation, **more: str) -> None:
    """Give the board its settings as a person would; what it measured before is given up."""
    chosen = SETTINGS | more
    for key in sorted(chosen, key=lambda key: key != "soil"):  # first: another soil forgets its calibration
        value = chosen[key]
        assert f"L ok {key}" in line.ask(f"{key} {value}")
    line.board.voltage(PH_CHANNEL, 2600)
    line.board.voltage(MOISTURE_CHANNEL, 2000)
    line.ask("forget")


def measured(line: Conversation) -> Reading:
    """Measure now; that reading, acknowledged."""
    line.ask("forget")
    line.send("measure")
    reading = decoded(line.until("R "))
    line.ask(f"A {reading.boot} {reading.seq}")
    return reading


def decoded(text: str) -> Reading:
    """The reading in a line; telemetry.errors.Refused where it is none."""
    reading = decode_line(text.encode("ascii"))
    assert isinstance(reading, Reading)
    return reading


def readings(lines: list[str]) -> list[Reading]:
    """Those of the lines that are readings."""
    return [decoded(text) for text in lines if text.startswith("R ")]


def hello(text: str) -> dict[str, str]:
    """The fields of a hello."""
    said = decode_line(text.encode("ascii"))
    assert isinstance(said, Hello)
    return said.fields


def restarted(line: Conversation) -> dict[str, str]:
    """Press the reset button; the hello."""
    line.board.reset()
    return hello(line.until("H "))


def power_cycled(board: SimulatedBoard, line: Conversation) -> dict[str, str]:
    """Pull the plug and put it in; the hello."""
    board.power(False)
    board.power(True)
    return hello(line.until("H "))


def skip(board: SimulatedBoard, seconds: float) -> None:
    """Move the Arduino core's count of milliseconds on: a day takes ten minutes to simulate."""
    symbols = subprocess.run(["avr-nm", build(board.kind).elf], capture_output=True, text=True, check=True)
    found = re.search(r"^0080(\w{4}) b timer0_millis$", symbols.stdout, re.MULTILINE)
    assert found
    board.command(f"add {found[1]} {round(1000 * seconds)}")
