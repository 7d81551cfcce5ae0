"""Several simulated Arduinos at once, provisioned, in real time, their ports as links in a folder."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from firmware.simulated_board.board import BoardError, SimulatedBoard
from firmware.simulated_board.conversation import Conversation
from firmware.simulated_board.weather import MOISTURE, PH, expose, surroundings
from telemetry.master import Sensor

__all__ = ["Boards", "sensors", "start_boards"]

_ORIGIN = (139.36, 35.33)
_SPACING = 0.0004


def sensors(count: int, field_id: str | None = None) -> list[Sensor]:
    """The boards `avr-1` to `avr-<count>` for the sensor master, all in one field or in none."""
    lon, lat = _ORIGIN
    return [
        Sensor(sensor_id=f"avr-{n}", field_id=field_id, lon=round(lon + n * _SPACING, 5), lat=lat)
        for n in range(1, count + 1)
    ]


class Boards:
    """Running boards; `tick` moves their weather on."""

    def __init__(self, running: list[SimulatedBoard]) -> None:
        self.running = running

    def tick(self, epoch_s: float) -> None:
        """Set each board's sensors to the time of day."""
        for number, board in enumerate(self.running, 1):
            expose(board, surroundings(number, epoch_s % 86400.0))


@contextmanager
def start_boards(  # noqa: PLR0913 - each is the caller's choice
    count: int,
    serial: Path,
    state: Path,
    *,
    kinds: tuple[str, ...] = ("uno", "mega"),
    interval_ms: int = 30000,
    master: list[Sensor] | None = None,
) -> Iterator[Boards]:
    """Run `count` boards, kinds in turn; `serial/avr-N` leads to the port of the N-th.

    `master` gives their ids and positions (`sensors(count)` unless given). Each keeps its EEPROM in
    `state/avr-N`, so that a restart is a power cycle, not a new board.
    """
    serial.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        running = []
        for number, sensor in enumerate((master or sensors(count))[:count], 1):
            kind = kinds[(number - 1) % len(kinds)]
            board = SimulatedBoard(kind, state / f"avr-{number}", dtr_reset=True)
            running.append(stack.enter_context(board))
            expose(board, surroundings(number, time.time() % 86400.0))
            _provision(board, sensor, interval_ms)
            stack.enter_context(_linked(serial / f"avr-{number}", board.port))
            board.pace("real")
        yield Boards(running)


def _provision(board: SimulatedBoard, sensor: Sensor, interval_ms: int) -> None:
    """Through its console, as a person would; board time is held meanwhile, so nothing is sent late."""
    settings = {
        "id": sensor.sensor_id,
        "interval": str(interval_ms),
        "position": f"{sensor.lat:.5f},{sensor.lon:.5f}" if sensor.lat is not None else "none",
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


@contextmanager
def _linked(link: Path, port: Path) -> Iterator[None]:
    """`link` leads to the port; it replaces one that an earlier run left behind."""
    link.unlink(missing_ok=True)
    link.symlink_to(port)
    try:
        yield
    finally:
        link.unlink(missing_ok=True)
