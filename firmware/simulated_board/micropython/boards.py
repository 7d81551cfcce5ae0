"""Several MicroPython boards at once, their settings made, on a broker."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from firmware.simulated_board.micropython.board import MicroPythonBoard
from firmware.simulated_board.micropython.flash import flash
from firmware.simulated_board.site import sensors
from firmware.simulated_board.stimuli import Given, Stimuli
from firmware.simulated_board.weather import MOISTURE, PH, weather
from telemetry.calibration import PhFrontEnd
from telemetry.master import Sensor
from telemetry.sht3x import sht3x_frame

__all__ = ["Boards", "Broker", "start_boards", "stimulate"]

_DAY_S = 86400.0
_FULL_SCALE_MV = 3300.0
_FRONT_END = PhFrontEnd(zero_mv=1650.0)
_PH_PIN, _MOISTURE_PIN = 26, 27


class Broker(NamedTuple):
    """Where the boards publish, without TLS: it is on this machine."""

    host: str
    port: int
    user: str
    password: str


class Boards:
    """Running boards by id; `tick` moves what stands around them on."""

    def __init__(self, stimuli: Path | None) -> None:
        self.running: dict[str, MicroPythonBoard] = {}
        self.given = Given(stimuli)

    def tick(self, epoch_s: float) -> None:
        """Set each board's sensors to its stimuli, or to the time of day."""
        for number, (board_id, board) in enumerate(self.running.items(), 1):
            stimulate(board, self.given.to(board_id) or weather(number, epoch_s % _DAY_S, _FRONT_END))


def stimulate(board: MicroPythonBoard, to: Stimuli) -> None:
    """Set the board's pins and buses."""
    frame = bytearray(sht3x_frame(to.temperature, to.humidity))
    if to.sht3x == "crc":
        frame[2] ^= 0x10
    answer = {"absent": None, "busy": frame[:1].hex()}.get(to.sht3x, frame.hex())
    mv = {_PH_PIN: to.ph_mv, _MOISTURE_PIN: to.moisture_mv}
    board.stimulate(
        adc={str(pin): min(value, _FULL_SCALE_MV) for pin, value in mv.items()},
        sht3x=answer,
        nmea=[to.nmea] if to.nmea else None,
    )


@contextmanager
def start_boards(
    count: int, state: Path, broker: Broker, *, interval_s: int = 30, stimuli: Path | None = None
) -> Iterator[Boards]:
    """Run `count` boards; ids and positions are those of `site.sensors("micropython", count)`.

    `state/micropython-N` is the flash of the N-th: what waits there outlives a restart, which is a power
    cycle with the firmware flashed anew. `stimuli` is a file as in `stimuli.py`.
    """
    boards = Boards(stimuli)
    with ExitStack() as stack:
        for sensor in sensors("micropython", count):
            folder, given = state / sensor.sensor_id, boards.given.to(sensor.sensor_id)
            gps = given is not None and given.nmea != ""
            flash(folder, settings(sensor, broker, interval_s, gps=gps))
            board = boards.running[sensor.sensor_id] = MicroPythonBoard(folder)
            boards.tick(time.time())
            stack.enter_context(board)
        yield boards


def settings(sensor: Sensor, broker: Broker, interval_s: int, *, gps: bool) -> dict[str, Any]:
    """The board's `settings.json`; `gps` takes the position from the GPS, not from the master."""
    return {
        "id": sensor.sensor_id,
        "interval_s": interval_s,
        "wifi": {"ssid": "loopback"},
        "mqtt": {**broker._asdict(), "tls": False},
        "sht3x": {"scl": 5, "sda": 4},
        "ph": {
            "pin": _PH_PIN, "zero_mv": _FRONT_END.zero_mv, "gain": _FRONT_END.gain,
            "slope": PH.slope, "offset_mv": PH.offset_mv,
        },
        "moisture": {"pin": _MOISTURE_PIN, **MOISTURE._asdict()},
        "gps" if gps else "position": {"uart": 1, "rx": 9, "tx": 8} if gps else _place(sensor),
    }  # fmt: skip


def _place(sensor: Sensor) -> dict[str, Any]:
    return {"lon": sensor.lon, "lat": sensor.lat}
