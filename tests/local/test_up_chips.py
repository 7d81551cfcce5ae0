"""Real firmware in `up`: known voltages and bus values in, through the real gateway, the right rows out.

One Uno, one Mega and one MicroPython board, beside simulated ones; their stimuli are HOME/stimuli.json.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from compose.local.home import Home
from firmware.arduino.build import build
from firmware.simulated_board.build import simulator_program
from firmware.simulated_board.micropython.board import interpreter
from firmware.simulated_board.weather import MOISTURE, PH
from telemetry.calibration import PhFrontEnd
from telemetry.errors import FarmstreamError
from tests.local.pipeline import farmstream, status, until

pytestmark = pytest.mark.servers

GGA = "$GPGGA,024430,3519.807,N,13921.606,E,1,08,1.0,42.0,M,,M,,*6B"
STIMULI: dict[str, dict[str, Any]] = {
    "avr-1": {"temperature": 21.5, "humidity": 48.25, "ph_mv": 2600, "moisture_mv": 2100},
    "avr-2": {"temperature": -3.25, "humidity": 91.5, "ph_mv": 2350, "moisture_mv": 1700, "nmea": GGA},
    "micropython-1": {"temperature": 30.5, "humidity": 33.0, "ph_mv": 1750, "moisture_mv": 2400},
}
ZERO_MV = {"avr-1": 2500.0, "avr-2": 2500.0, "micropython-1": 1650.0}
STEP_MV = {"avr-1": 4.9, "avr-2": 4.9, "micropython-1": 0.1}
"""What one count of the chip's ADC is."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home whose pipeline runs."""
    try:
        for make in (simulator_program, lambda: build("uno"), lambda: build("mega"), interpreter):
            make()
    except FarmstreamError as why:
        pytest.skip(str(why))
    home = Home(tmp_path_factory.mktemp("chips") / "home").make()
    give(home, STIMULI)
    words = ("--boards", "avr:2,micropython:1,simulated:2", "--interval", "1s", "--no-dashboards")
    started = farmstream(home, "up", "--detach", *words)
    try:
        assert started.returncode == 0, started.stderr
        yield home
    finally:
        farmstream(home, "down")


def give(home: Home, stimuli: dict[str, dict[str, Any]]) -> None:
    """What the sensors give from now on."""
    draft = home.path / "stimuli.new"
    draft.write_text(json.dumps(stimuli))
    draft.replace(home.path / "stimuli.json")


def stored(home: Home, board: str) -> list[dict[str, Any]]:
    """The rows of one board."""
    told = farmstream(home, "readings", board, "--since", "1h", "--json")
    assert told.returncode == 0, told.stderr
    rows: list[dict[str, Any]] = json.loads(told.stdout)
    return rows


@pytest.mark.parametrize("board", STIMULI)
def test_known_pins_and_buses_become_the_right_row(home: Home, board: str) -> None:
    row = until(lambda: stored(home, board), 300, f"a row of {board}")[0]
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


def test_a_position_from_the_gps_is_stored_and_one_from_the_settings_too(home: Home) -> None:
    gps, fixed = (until(lambda b=b: stored(home, b), 300)[0]["coord"] for b in ("avr-2", "avr-1"))
    assert (gps["lat"], gps["lon"]) == pytest.approx((35.33012, 139.3601), abs=1e-5)
    master = {s["sensor_id"]: s for s in json.loads(farmstream(home, "sensors", "list", "--json").stdout)}
    assert (fixed["lat"], fixed["lon"]) == (master["avr-1"]["lat"], master["avr-1"]["lon"])


def test_simulated_boards_stand_beside_them_and_the_screen_shows_all(home: Home) -> None:
    told = status(home)
    for name in ("avr", "micropython", "simulator"):
        assert (told["components"][name]["state"], told["components"][name]["restarts"]) == ("running", 0)
    listed = json.loads(farmstream(home, "sensors", "list", "--json").stdout)
    simulated = [s["sensor_id"] for s in listed if s["field_id"] != "home-field"]
    assert len(simulated) == 2
    for sensor in simulated:
        assert until(lambda sensor=sensor: stored(home, sensor), 300)
    screen = farmstream(home, "status").stdout
    assert all(f"{name} " in screen for name in ("avr", "micropython", "simulator"))


def test_a_fault_reaches_the_table_as_its_reason(home: Home) -> None:
    give(home, {board: {**given, "sht3x": "crc"} for board, given in STIMULI.items()})
    for board in STIMULI:
        row = until(
            lambda board=board: [r for r in stored(home, board) if r["faults"]],
            timeout=300,
            what=f"a fault of {board}",
        )[0]
        assert row["faults"] == {"temperature": "crc", "humidity": "crc"}
        assert row["main"]["temperature"] is None
        assert row["main"]["moisture"] is not None
