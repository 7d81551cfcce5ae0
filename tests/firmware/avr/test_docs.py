"""docs/arduino.md: each command run as written, on a simulated board; its figures are the code's."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.arduino.build import Firmware
from firmware.arduino.generate import ARDUINO
from firmware.simulated_board import Conversation
from firmware.simulated_board.board import MOISTURE_CHANNEL, PH_CHANNEL
from firmware.simulated_board.new_board import AVRDUDE
from firmware.simulated_board.stimuli import Given, Stimuli
from telemetry.errors import SettingsError
from tests.firmware.avr.bench import FRONT_END, PH, provision

ROOT = ARDUINO.parents[1]
PAGE = (ROOT / "docs/arduino.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
TYPED = [line for kind, text in BLOCKS if kind == "console" for line in text.splitlines()]
SHELL = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]
TABLE = re.findall(r"^\| ((?:`[^`]+`(?:, )?)+)", PAGE, re.MULTILINE)
COMMANDS = [command for cell in TABLE for command in re.findall(r"`([^`]+)`", cell)]


def test_each_line_of_the_page_is_taken_by_the_board(line: Conversation) -> None:
    """In the page's order, the probes held into what it says before."""
    voltages = {"cal ph 6.86": 6.86, "cal ph 4.01": 4.01}
    soils = {"cal moisture dry": 2800, "cal moisture wet": 1200}
    assert {*voltages, *soils} <= set(TYPED)
    for typed in TYPED:
        if typed in voltages:
            line.board.voltage(PH_CHANNEL, FRONT_END.adc_mv(PH.mv(voltages[typed], 20.0)))
        line.board.voltage(MOISTURE_CHANNEL, soils.get(typed, 2000))
        line.ask("forget")
        answers = line.ask(typed)
        assert answers
        assert not [text for text in answers if text.startswith("L refused")], (typed, answers)
    assert {"L ph=uncalibrated"}.isdisjoint(line.ask("show"))


@pytest.mark.parametrize("command", [c for c in COMMANDS if c != "hang"])
def test_each_command_of_the_table_is_taken(line: Conversation, command: str) -> None:
    provision(line)
    line.board.voltage(PH_CHANNEL, 2600)
    answers = line.ask(command, 1.0)
    assert not [text for text in answers if text.startswith("L refused")], answers
    assert any(text.startswith(("L ok", "H ", "L raw", "R ")) for text in answers), answers


def test_hang_ends_within_the_five_seconds_that_the_page_says(line: Conversation) -> None:
    assert "hang" in COMMANDS
    line.send("hang")
    assert "reset=watchdog" in line.until("H ", 5.0)


@pytest.mark.parametrize("kind", AVRDUDE)
def test_the_lines_for_building_and_flashing_are_right(kind: str, firmwares: dict[str, Firmware]) -> None:
    """make is run; avrdude's words are those that test_upload.py writes real loaders with."""
    make, avrdude = (
        next(text for text in SHELL if text.startswith(word) and kind in text) for word in ("make", "avrdude")
    )
    said = subprocess.run(shlex.split(make), cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert f"{kind}: flash {firmwares[kind].flash}" in said
    words = shlex.split(avrdude)
    assert words[1:7] == list(AVRDUDE[kind])
    assert words[7:9] == ["-P", "/dev/ttyACM0"]
    target = words[-1].removeprefix("flash:w:").removesuffix(":i")
    assert (ROOT / target).resolve() == firmwares[kind].hex.resolve()


def test_its_figures_are_those_of_the_sketch() -> None:
    boards = (ARDUINO / "farmstream/src/app/board.h").read_text()
    mega, uno = map(int, re.findall(r"RING_CAPACITY = (\d+)", boards))
    assert f"{uno} on the Uno, {mega} on the Mega, {uno // 2} and {mega // 2}\n" in PAGE


def test_each_board_has_its_picture() -> None:
    for name in re.findall(r"\((img/[\w-]+\.svg)\)", PAGE):
        assert Path(ROOT / "docs" / name).read_text().startswith("<svg ")


def test_its_stimuli_are_understood(tmp_path: Path) -> None:
    (example,) = (text for kind, text in BLOCKS if kind == "json")
    file = tmp_path / "stimuli.json"
    file.write_text(example)
    given = Given(file)
    assert given.to("avr-1") == Stimuli(temperature=21.5, humidity=48.25, ph_mv=2600, moisture_mv=2100)
    absent = given.to("avr-2")
    assert absent is not None
    assert (absent.sht3x, absent.nmea[:6]) == ("absent", "$GPGGA")
    assert given.to("avr-3") is None
    file.write_text('{"avr-3": {"ph_mv": 9000}}')
    with pytest.raises(SettingsError, match=r"not understood.*ph_mv"):
        given.to("avr-3")
    file.unlink()
    assert given.to("avr-1") is None


def test_boards_flash_is_called_as_it_can_be(tmp_path: Path) -> None:
    """With a port that is none: somebody's board may be at the one of the page."""
    (flash,) = (text for text in SHELL if "boards flash" in text)
    words = shlex.split(flash.replace("/dev/ttyACM0", str(tmp_path / "none")))[1:]
    command = [sys.executable, "-m", "compose.cli", *words]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 1
    assert f"There is no port {tmp_path / 'none'}" in run.stderr
