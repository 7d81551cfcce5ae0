"""Known voltages and bus values in, the right frame out; a sensor that fails gives a reason, no number."""

import pytest

from firmware.simulated_board import Conversation, SimulatedBoard
from firmware.simulated_board.board import MOISTURE_CHANNEL, PH_CHANNEL
from telemetry.reading import Coord
from tests.firmware.avr.bench import FRONT_END, MOISTURE, PH, decoded, measured, provision

HALF_STEP_MV = 5000 / 1024 / 2 + 0.5  # of the converter, and of the whole millivolts on the pin
PH_STEP = HALF_STEP_MV / 3.0 / (0.95 * 50)
MOISTURE_STEP = HALF_STEP_MV / 1600 * 46


@pytest.mark.parametrize(
    ("temperature", "humidity", "ph", "moisture"),
    [(21.5, 48.25, 6.41, 31.2), (-12.34, 99.9, 4.0, 5.5), (41.07, 12.0, 8.9, 45.0)],
)
def test_known_pins_give_the_right_reading(
    line: Conversation, temperature: float, humidity: float, ph: float, moisture: float
) -> None:
    provision(line)
    line.board.climate(temperature, humidity)
    line.board.voltage(PH_CHANNEL, FRONT_END.adc_mv(PH.mv(ph, temperature)))
    line.board.voltage(MOISTURE_CHANNEL, MOISTURE.mv(moisture))
    reading = measured(line)
    assert reading.id == "b1"
    assert reading.coord == Coord(lon=139.3601, lat=35.33012)
    assert reading.main.temperature == pytest.approx(temperature, abs=0.011)
    assert reading.main.humidity == pytest.approx(humidity, abs=0.011)
    assert reading.main.ph == pytest.approx(ph, abs=PH_STEP + 0.01)
    assert reading.main.moisture == pytest.approx(moisture, abs=MOISTURE_STEP + 0.01)
    assert reading.faults == {}


@pytest.mark.parametrize(
    ("state", "reason"), [("absent", "disconnected"), ("crc", "crc"), ("busy", "timeout")]
)
def test_an_sht3x_that_fails_gives_its_reason_and_costs_no_other_value(
    line: Conversation, state: str, reason: str
) -> None:
    provision(line)
    assert measured(line).faults == {}
    line.board.command(f"climate {state}")
    reading = measured(line)
    assert reading.faults == {"temperature": reason, "humidity": reason}
    assert (reading.main.temperature, reading.main.humidity) == (None, None)
    assert reading.main.moisture == pytest.approx(MOISTURE.moisture(2000), abs=MOISTURE_STEP + 0.01)
    # pH goes on with the last temperature, here 20 °C
    assert reading.main.ph == pytest.approx(PH.ph(FRONT_END.electrode_mv(2600), 20.0), abs=PH_STEP + 0.01)
    line.board.climate(20.0, 50.0)
    assert measured(line).faults == {}


@pytest.mark.parametrize(("channel", "quantity"), [(PH_CHANNEL, "ph"), (MOISTURE_CHANNEL, "moisture")])
@pytest.mark.parametrize(
    ("millivolts", "reason"),
    [(0, "disconnected"), (90, "disconnected"), (4950, "out-of-range"), (5000, "out-of-range")],
)
def test_a_probe_at_a_rail_gives_a_reason(
    line: Conversation, channel: int, quantity: str, millivolts: int, reason: str
) -> None:
    provision(line)
    line.board.voltage(channel, millivolts)
    reading = measured(line)
    assert reading.faults == {quantity: reason}
    assert getattr(reading.main, quantity) is None


def test_without_calibration_there_is_no_number(line: Conversation) -> None:
    assert "L ok id" in line.ask("id b1")
    line.board.voltage(PH_CHANNEL, 2600)
    line.board.voltage(MOISTURE_CHANNEL, 2000)
    reading = measured(line)
    assert reading.faults == {"ph": "uncalibrated", "moisture": "uncalibrated", "coord": "absent"}


def test_a_board_without_an_id_keeps_its_readings(board: SimulatedBoard, line: Conversation) -> None:
    assert not any(text.startswith("R ") for text in line.run(65.0))
    assert "L ok id" in line.ask("id late")
    first = decoded(line.until("R "))
    assert (first.id, first.seq) == ("late", 0)


def test_the_raw_values_are_shown(line: Conversation) -> None:
    provision(line)
    (raw,) = (text for text in line.ask("raw", 1.0) if text.startswith("L raw "))
    fields = dict(word.split("=") for word in raw.split()[2:])
    assert float(fields["ph_mv"]) == pytest.approx(2600, abs=HALF_STEP_MV + 0.5)
    assert float(fields["moisture_mv"]) == pytest.approx(2000, abs=HALF_STEP_MV + 0.5)
    assert float(fields["electrode_mv"]) == pytest.approx(FRONT_END.electrode_mv(2600), abs=2)
    assert (fields["temp"], fields["hum"]) == ("20.00", "50.00")
