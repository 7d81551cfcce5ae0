"""`farmstream bench firmware`: its figures, on a short flood."""

import json
import re

import msgspec
import pytest

from benchmarks.energy import energy_mj
from benchmarks.firmware import FirmwareReport, run_firmware
from firmware.arduino.build import Firmware
from tests.readme import ROOT


@pytest.fixture(scope="module")
def report(firmwares: dict[str, Firmware]) -> FirmwareReport:
    assert firmwares
    return run_firmware(seconds=5)


def test_sizes_are_those_of_the_build(report: FirmwareReport, firmwares: dict[str, Firmware]) -> None:
    uno, mega = firmwares["uno"], firmwares["mega"]
    assert (report.uno_flash, report.uno_ram) == (uno.flash, uno.ram)
    assert (report.mega_flash, report.mega_ram) == (mega.flash, mega.ram)


def test_the_line_is_used_and_nothing_on_it_is_bad(report: FirmwareReport) -> None:
    assert report.line_share >= 0.9
    for board in report.boards.values():
        assert board.line_share <= 1.03  # the chip's 115200 baud is 2 % fast
        assert board.frames_per_s > 80
        assert board.bad_frames == 0


def test_a_board_sleeps_most_of_the_time(report: FirmwareReport) -> None:
    for board in report.boards.values():
        assert 0 < board.awake_idle < board.awake_1hz < 0.1
        assert 1 < board.awake_ms_per_reading < 40


def test_energy_is_currents_times_time(report: FirmwareReport) -> None:
    """By hand: an Uno asleep for a second takes 5 V * 2.4 mA = 12 mJ, awake 52 mJ; the SHT3x 0.04 mJ."""
    assert energy_mj("uno", 1.0, 0.0) == pytest.approx(12.0375)
    assert energy_mj("uno", 1.0, 1.0) == pytest.approx(52.0375)
    assert energy_mj("mega", 30.0, 0.5) == pytest.approx(30 * 5 * (10.0 + 2.7) + 0.0375)
    assert report.boards["uno"].energy_mj_per_reading < report.boards["mega"].energy_mj_per_reading


def test_the_page_has_these_figures(report: FirmwareReport) -> None:
    """docs/benchmarks.md, to 2 %: another release of the compiler moves the sizes by a few bytes."""
    page = (
        (ROOT / "docs" / "benchmarks.md")
        .read_text()
        .partition("farmstream bench firmware")[2]
        .split("\n## ")[0]
    )
    rows = {
        name: [float(cell.split()[0].replace(",", "")) for cell in (uno, mega)]
        for name, uno, mega in re.findall(r"^\| `(\w+)`[^|]*\| ([^|]+) \| ([^|]+) \|$", page, re.MULTILINE)
    }
    uno, mega = report.boards["uno"], report.boards["mega"]
    assert rows["uno_flash"] == pytest.approx([report.uno_flash, report.mega_flash], rel=0.02)
    assert rows["uno_ram"] == pytest.approx([report.uno_ram, report.mega_ram], rel=0.02)
    assert rows["line_share"] == pytest.approx([100 * uno.line_share, 100 * mega.line_share], rel=0.02)
    assert rows["awake_1hz"] == pytest.approx([100 * uno.awake_1hz, 100 * mega.awake_1hz], rel=0.02)
    energy = [uno.energy_mj_per_reading, mega.energy_mj_per_reading]
    assert rows["energy_mj_per_reading"] == pytest.approx(energy, rel=0.02)


def test_the_report_is_json(report: FirmwareReport) -> None:
    document = json.loads(msgspec.json.encode(report))
    wanted = {"uno_flash", "uno_ram", "mega_flash", "mega_ram", "line_share", "boards", "sources"}
    assert wanted <= document.keys()
    assert document["boards"].keys() == {"uno", "mega"}
