"""The wiring tables of docs/, the pictures beside them and the pins that the firmware uses are the same."""

import json
import re
from xml.etree import ElementTree

import pytest

from tests.readme import ROOT

ARDUINO, MICROPYTHON = ((ROOT / "docs" / name).read_text() for name in ("arduino.md", "micropython.md"))
BOARDS = [(ARDUINO, "Uno", "uno"), (ARDUINO, "Mega", "mega"), (MICROPYTHON, "Pico W", "picow"),
          (MICROPYTHON, "ESP32", "esp32")]  # fmt: skip


def wiring(page: str, board: str) -> dict[tuple[str, str], str]:
    """(part, its pin) → the board's pin."""
    table = page.partition("## Wiring\n")[2].partition("\n![")[0]
    head, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.splitlines()
        if line.startswith("|")
    ]
    return {(row[0], row[1]): row[head.index(board)] for row in rows}


@pytest.mark.parametrize(("page", "board", "picture"), BOARDS, ids=[name for *_, name in BOARDS])
def test_the_picture_has_each_pin_of_the_table(page: str, board: str, picture: str) -> None:
    assert f"(img/wiring-{picture}.svg)" in page
    svg = ElementTree.parse(ROOT / "docs" / "img" / f"wiring-{picture}.svg")
    texts = {element.text for element in svg.iter("{http://www.w3.org/2000/svg}text")}
    pins = {pin for cell in wiring(page, board).values() for pin in re.split(r", | to ", cell)}
    assert len(pins) >= 7
    assert pins <= texts


@pytest.mark.parametrize(("board", "macro"), [("Uno", "__AVR_ATmega328P__"), ("Mega", "__AVR_ATmega2560__")])
def test_the_sketch_reads_the_pins_of_the_table(board: str, macro: str) -> None:
    wired = wiring(ARDUINO, board)
    source = (ROOT / "firmware/arduino/farmstream/src/app/board.h").read_text()
    pins = re.search(r"PH_PIN = (\w+), MOISTURE_PIN = (\w+);", source)
    assert pins
    assert (wired["PH-4502C", "Po"], wired["moisture probe", "AOUT"]) == pins.groups()
    own = source.partition(f"defined({macro})")[2].partition("#el")[0]
    software = re.search(r"GPS_RX_PIN = (\w+)", own)
    assert wired["GPS", "TX"] == (software[1] if software else "RX1 19")


@pytest.mark.parametrize(("board", "prefix", "number"), [("Pico W", "GP", 0), ("ESP32", "GPIO ", 1)])
def test_the_settings_of_the_page_name_the_pins_of_the_table(board: str, prefix: str, number: int) -> None:
    wired = wiring(MICROPYTHON, board)
    settings = json.loads(re.findall(r"```json\n(.*?)```", MICROPYTHON, re.DOTALL)[number])
    named = {
        ("SHT3x", "SDA"): settings["sht3x"]["sda"],
        ("SHT3x", "SCL"): settings["sht3x"]["scl"],
        ("PH-4502C", "Po, over 10 kΩ"): settings["ph"]["pin"],
        ("moisture probe", "AOUT"): settings["moisture"]["pin"],
        ("GPS", "TX"): settings["gps"]["rx"],
    }
    assert {key: wired[key] for key in named} == {key: f"{prefix}{pin}" for key, pin in named.items()}
