"""Gives a simulated board its settings through its console, as a person would."""

from firmware.simulated_board.board import BoardError, SimulatedBoard
from firmware.simulated_board.conversation import Conversation
from firmware.simulated_board.weather import MOISTURE, PH
from telemetry.master import Sensor

__all__ = ["provision"]


def provision(board: SimulatedBoard, sensor: Sensor, interval_ms: int, gps: bool = False) -> None:
    """Set id, interval, position and calibration; board time is held, so that nothing is sent late.

    `gps` takes the position from the GPS, not from the master. BoardError where the board refuses.
    """
    fixed = f"{sensor.lat:.5f},{sensor.lon:.5f}" if sensor.lat is not None else "none"
    settings = {
        "id": sensor.sensor_id,
        "interval": str(interval_ms),
        "position": "gps" if gps else fixed,
        "ph": f"{PH.slope:.4f},{PH.offset_mv:.2f}",
        "moisture": f"{MOISTURE.dry_mv:.0f},{MOISTURE.wet_mv:.0f}",
    }
    with Conversation(board) as line:
        line.until("H ", 5.0)
        for key, value in settings.items():
            answers = line.ask(f"C {key}={value}")
            if f"L ok {key}" not in answers:
                raise BoardError(f"The simulated board did not take {key}={value}: {answers}.")
    board.power(False)  # what it measured meanwhile had no calibration: it starts fresh
    board.power(True)
