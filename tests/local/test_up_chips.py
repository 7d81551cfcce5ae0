"""Real firmware in `up`: known voltages and bus values in, through the real gateway, the right rows out.

One Uno, one Mega and one MicroPython board, beside simulated ones; their stimuli are HOME/stimuli.json.
Then two boards from the shop, which are flashed and set up by the commands of docs/boards.md.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from compose.local.credentials import load_credentials
from firmware.arduino.build import build
from firmware.simulated_board import SimulatedBoard
from firmware.simulated_board.board import MOISTURE_CHANNEL, PH_CHANNEL
from firmware.simulated_board.build import simulator_program
from firmware.simulated_board.micropython import MicroPythonBoard
from firmware.simulated_board.micropython.board import interpreter
from firmware.simulated_board.micropython.flash import DEFAULT_STIMULI, write_stimuli
from firmware.simulated_board.new_board import new_board
from firmware.simulated_board.weather import MOISTURE, PH
from telemetry.calibration import PhFrontEnd
from telemetry.errors import FarmstreamError
from tests.local.chips import STIMULI, Chips, chips_pipeline
from tests.local.page_commands import Page, calibrated
from tests.local.pipeline import farmstream, status, until
from tests.readme import ROOT
from tests.servers import mosquitto_program

pytestmark = pytest.mark.servers

ZERO_MV = {"avr-1": 2500.0, "avr-2": 2500.0, "micropython-1": 1650.0}
STEP_MV = {"avr-1": 4.9, "avr-2": 4.9, "micropython-1": 0.1}
"""What one count of the chip's ADC is."""


@pytest.fixture(scope="module")
def chips(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chips]:
    """The pipeline."""
    try:
        for make in (simulator_program, lambda: build("uno"), lambda: build("mega"), interpreter):
            make()
    except FarmstreamError as why:
        pytest.skip(str(why))
    with chips_pipeline(tmp_path_factory.mktemp("chips")) as chips:
        fields = farmstream(chips.home, "fields", "import", str(ROOT / "examples" / "fields.csv"))
        assert fields.returncode == 0, fields.stderr
        yield chips


@pytest.mark.parametrize("board", STIMULI)
def test_known_pins_and_buses_become_the_right_row(chips: Chips, board: str) -> None:
    row = until(lambda: chips.stored(board), 300, f"a row of {board}")[0]
    given, zero, step = STIMULI[board], ZERO_MV[board], STEP_MV[board]
    electrode_mv = PhFrontEnd(zero_mv=zero).electrode_mv(given["ph_mv"])
    ph = PH.ph(electrode_mv, given["temperature"])
    per_step = abs(PH.ph(electrode_mv + step / 3, given["temperature"]) - ph)
    main = row["main"]
    assert main["temperature"] == pytest.approx(given["temperature"], abs=0.011)
    assert main["humidity"] == pytest.approx(given["humidity"], abs=0.011)
    assert main["ph"] == pytest.approx(ph, abs=per_step + 0.011)
    assert main["moisture"] == pytest.approx(
        MOISTURE.moisture(given["moisture_mv"]), abs=step * 46 / 1600 + 0.011
    )
    assert (row["id"], row["field_id"], row["faults"]) == (board, "home-field", {})
    waited = datetime.fromisoformat(row["received"]) - datetime.fromisoformat(row["date"])
    assert timedelta(seconds=-2) < waited < timedelta(seconds=60), (
        "an Arduino has no clock, and its date is right"
    )


def test_a_position_from_the_gps_is_stored_and_one_from_the_settings_too(chips: Chips) -> None:
    gps, fixed = (until(lambda b=b: chips.stored(b), 300)[0]["coord"] for b in ("avr-2", "avr-1"))
    assert (gps["lat"], gps["lon"]) == pytest.approx((35.33012, 139.3601), abs=1e-5)
    master = {
        s["sensor_id"]: s for s in json.loads(farmstream(chips.home, "sensors", "list", "--json").stdout)
    }
    assert (fixed["lat"], fixed["lon"]) == (master["avr-1"]["lat"], master["avr-1"]["lon"])


def test_simulated_boards_stand_beside_them_and_the_screen_shows_all(chips: Chips) -> None:
    told = status(chips.home)
    for name in ("avr", "micropython", "simulator"):
        assert (told["components"][name]["state"], told["components"][name]["restarts"]) == ("running", 0)
    listed = json.loads(farmstream(chips.home, "sensors", "list", "--json").stdout)
    simulated = [s["sensor_id"] for s in listed if s["field_id"] != "home-field"]
    assert len(simulated) == 2
    for sensor in simulated:
        assert until(lambda sensor=sensor: chips.stored(sensor), 300)
    screen = farmstream(chips.home, "status").stdout
    assert all(f"{name} " in screen for name in ("avr", "micropython", "simulator"))
    assert told["totals"]["received"] >= told["totals"]["accepted"] > 0
    assert "gateway received" in screen


def test_a_fault_reaches_the_table_as_its_reason(chips: Chips) -> None:
    chips.give({board: {**given, "sht3x": "crc"} for board, given in STIMULI.items()})
    for board in STIMULI:
        row = until(
            lambda board=board: [r for r in chips.stored(board) if r["faults"]],
            timeout=300,
            what=f"a fault of {board}",
        )[0]
        assert row["faults"] == {"temperature": "crc", "humidity": "crc"}
        assert row["main"]["temperature"] is None
        assert row["main"]["moisture"] is not None


def test_from_box_to_first_reading_with_an_uno(chips: Chips, tmp_path: Path) -> None:
    """Each command of docs/boards.md as written; the port is the simulated Uno's, and the pipeline runs."""
    with new_board("uno", tmp_path) as board:
        page = Page("boards.md", 0, {"/dev/ttyACM0": str(board.port), ".farmstream": str(chips.home.path)})
        commands = page.commands()
        assert next(commands).startswith("./farmstream up ")
        for command in commands:
            if "calibrate" in command:
                calibrated(page.words(command), lambda what, point: hold(board, what, point))
            elif "readings" in command:
                row = until(lambda: whole(chips, "north-1"), 180, "a reading after the calibration")[0]
            page.run(command, chips.home)
    (chips.home.serial / "north-1").unlink()  # its pty may be another board's next
    assert row["coord"] == {"lon": 139.3601, "lat": 35.33012}
    assert row["main"]["ph"] == pytest.approx(4.01, abs=0.05)
    assert row["main"]["moisture"] == pytest.approx(46, abs=0.3)
    assert row["main"]["temperature"] == pytest.approx(20.0, abs=0.01)


def whole(chips: Chips, board: str) -> list[dict[str, Any]]:
    """Its readings since it stands in its field and is calibrated: those before have waited on the board."""
    return [r for r in chips.stored(board) if r["field_id"] == "orchard" and not r["faults"]]


def hold(board: SimulatedBoard, what: str, point: str) -> int:
    """Put the Uno's probe there; what it then gives, mV."""
    if what == "moisture":
        millivolts = {"dry": 2900, "saturated": 1300}[point]
        board.voltage(MOISTURE_CHANNEL, millivolts)
        return millivolts
    millivolts = round(PhFrontEnd().adc_mv(PH.mv(float(point), 20.0)))
    board.voltage(PH_CHANNEL, millivolts)
    return millivolts


def test_from_box_to_first_reading_and_to_an_update_with_a_pico(chips: Chips, tmp_path: Path) -> None:
    """The same over TLS; it has MicroPython already, and passwords come from files: the page says both."""
    mosquitto_program()
    (tmp_path / "board").mkdir()
    write_stimuli(tmp_path / "board", DEFAULT_STIMULI)
    with MicroPythonBoard(tmp_path / "board", usb=True) as board:
        page = pico_page(chips, board, tmp_path)
        until(lambda: ">>> " in board.console())
        for command in page.commands():
            if "calibrate" in command:
                calibrated(page.words(command), lambda what, point: dip(board, what, point))
            elif "readings" in command:
                first = until(lambda: chips.stored("north-2"), 120, "the first reading")[-1]
            page.run(command, chips.home)
        update = Page("micropython.md", -1, page.instead)
        *_, told = [update.run(command, chips.home) for command in update.commands()]
        assert told.startswith("north-2 runs 1.0.0, build "), board.console()
        row = until(lambda: whole(chips, "north-2"), 180, "a reading after the calibration")[0]
    assert first["faults"] == {"ph": "uncalibrated", "moisture": "uncalibrated"}
    assert first["time_source"] == "board"
    assert first["coord"] == {"lon": 139.3611, "lat": 35.3302}
    assert (row["main"]["temperature"], row["main"]["humidity"]) == (25.0, 50.0)
    assert row["main"]["ph"] == pytest.approx(4.01, abs=0.05)
    assert row["main"]["moisture"] == pytest.approx(46.0, abs=0.1)


def pico_page(chips: Chips, board: MicroPythonBoard, folder: Path) -> Page:
    """docs/boards.md for a board on Wi-Fi, and what its names stand for here."""
    assert board.usb
    settings = (ROOT / "docs" / "micropython.md").read_text().partition("```json\n")[2].partition("```")[0]
    (folder / "begin.json").write_text(settings)
    password = folder / "password"
    password.touch(mode=0o600)
    user = load_credentials(chips.home.credentials)["mqtt"]
    password.write_text(user.password)
    instead = {
        "/dev/ttyACM0": board.usb.path,
        "--firmware RPI_PICO_W.uf2": "",
        "broker.farm.lan:8883": f"localhost:{chips.tls_port}",
        "--user board": f"--user {user.user} --mqtt-password-file {password}",
        "ca.pem": str(chips.home.path.parent / "ca.pem"),
        "begin.json": str(folder / "begin.json"),
        "update.key": str(folder / "update.key"),
    }
    return Page("boards.md", 1, instead)


def dip(board: MicroPythonBoard, what: str, point: str) -> int:
    """Put the Pico's probe there; what the pin then has, mV: behind its divider by two thirds."""
    front_end = PhFrontEnd(zero_mv=1667, gain=2.0)
    moisture = {"dry": 2600, "saturated": 1200}.get(point, 1200)
    ph = front_end.adc_mv(PH.mv(float(point) if what == "ph" else 4.01, 25.0))
    board.stimulate(adc={"26": round(ph), "27": moisture})
    return round(ph) if what == "ph" else moisture
