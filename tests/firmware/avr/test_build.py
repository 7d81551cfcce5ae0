"""The sketch fits, opens in the Arduino IDE as it is, and its generated headers are those of the contract."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from firmware.arduino.build import BuildError, Firmware, build
from firmware.arduino.generate import ARDUINO, generated
from firmware.simulated_board import Conversation, SimulatedBoard

SKETCH = ARDUINO / "farmstream"
ARDUINO_FOLDER = Path("/usr/share/arduino")
FQBN = {"uno": "arduino:avr:uno", "mega": "arduino:avr:mega:cpu=atmega2560"}
INCLUDE = re.compile(r'^#include "(.+)"', re.MULTILINE)


def test_flash_and_ram_are_within_the_budget(firmwares: dict[str, Firmware]) -> None:
    uno, mega = firmwares["uno"], firmwares["mega"]
    assert uno.ram <= 0.75 * 2048
    assert mega.ram <= 0.90 * 8192
    assert uno.flash <= 32256 < uno.flash_size + 1
    assert mega.flash <= mega.flash_size


def test_the_budget_is_printed(firmwares: dict[str, Firmware]) -> None:
    said = subprocess.run(["make", "BOARD=uno"], cwd=ARDUINO, capture_output=True, text=True, check=True)
    uno = firmwares["uno"]
    assert f"uno: flash {uno.flash} of 32256 bytes" in said.stdout
    assert f"RAM {uno.ram} of 2048 bytes" in said.stdout


@pytest.mark.parametrize("budget", ["FLASH=20000", "SHARE=50"])
def test_a_sketch_beyond_its_budget_is_no_success(firmwares: dict[str, Firmware], budget: str) -> None:
    assert firmwares
    words = ["make", "BOARD=uno", budget]
    assert subprocess.run(words, cwd=ARDUINO, capture_output=True, check=False).returncode == 2


def test_a_board_that_is_not_known_is_said() -> None:
    with pytest.raises(BuildError, match="'nano' is no board that is known: use uno or mega"):
        build("nano")


def test_our_own_files_are_compiled_with_all_warnings_as_errors() -> None:
    makefile = (ARDUINO / "Makefile").read_text()
    assert "OURS := -Wall -Wextra -Werror" in makefile
    assert makefile.count("$(OURS)") == 2  # the sketch, and the sources below it


@pytest.mark.parametrize("path", generated(), ids=lambda path: path.name)
def test_the_generated_headers_are_those_of_the_contract(path: Path) -> None:
    assert path.read_text() == generated()[path], "run `python -m firmware.arduino.generate`"


def test_the_folder_is_a_sketch_as_the_arduino_ide_wants_it() -> None:
    """Arduino's sketch specification: the .ino bears the folder's name, code besides it only in src/."""
    assert [p.name for p in SKETCH.glob("*.ino")] == ["farmstream.ino"]
    outside = [
        p for p in SKETCH.rglob("*.*") if p.parent != SKETCH and "src" not in p.relative_to(SKETCH).parts
    ]
    assert outside == []
    assert {p.suffix for p in SKETCH.rglob("*") if p.is_file()} == {".ino", ".cpp", ".h"}
    for source in SKETCH.rglob("*"):  # the IDE copies the folder: nothing may be taken from outside of it
        if source.is_file():
            for name in INCLUDE.findall(source.read_text()):
                found = (source.parent / name).resolve()
                assert found.is_file() and found.is_relative_to(SKETCH), f"{source}: {name}"


def test_the_arduino_ide_builds_it_as_it_is_without_a_warning_and_it_runs(kind: str, tmp_path: Path) -> None:
    """With the IDE's own builder; Debian's core needs the one definition that its compiler lacks."""
    if shutil.which("arduino-builder") is None:
        pytest.skip("arduino-builder is not installed")
    (out := tmp_path / "out").mkdir()
    core, own = ARDUINO_FOLDER / "hardware", ARDUINO_FOLDER.with_name("arduino-builder")
    words = [
        "arduino-builder", "-compile", "-hardware", core, "-hardware", own, "-tools", "/usr/bin",
        "-build-path", out, "-fqbn", FQBN[kind], "-warnings", "all",
        "-prefs", "compiler.cpp.extra_flags=-DDECIMAL_DIG=__DECIMAL_DIG__", SKETCH / "farmstream.ino",
    ]  # fmt: skip
    built = subprocess.run(words, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    assert "Sketch uses" in built.stdout
    assert not [line for line in built.stderr.splitlines() if "warning:" in line and "cores" not in line]
    with (
        SimulatedBoard(kind, tmp_path / kind, firmware=out / "farmstream.ino.elf") as board,
        Conversation(board) as line,
    ):
        assert f" board={kind} " in line.until("H ")


def test_platformio_builds_the_same_folder_for_both_boards() -> None:
    settings = configparser.ConfigParser()
    settings.read(ARDUINO / "platformio.ini")
    assert settings["platformio"]["src_dir"] == SKETCH.name
    assert {settings[f"env:{kind}"]["board"] for kind in ("uno", "mega")} == {"uno", "megaatmega2560"}
    assert "-Wall -Wextra" in settings["env"]["build_flags"]
