"""Several simulated Arduinos at once, provisioned, in real time, their ports as links in a folder."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from firmware.simulated_board.board import MOISTURE_CHANNEL, PH_CHANNEL, SimulatedBoard
from firmware.simulated_board.provision import provision
from firmware.simulated_board.site import sensors
from firmware.simulated_board.stimuli import Given, Stimuli
from firmware.simulated_board.weather import weather
from telemetry.calibration import PhFrontEnd

__all__ = ["Boards", "start_boards", "stimulate"]

_DAY_S = 86400.0
_FRONT_END = PhFrontEnd()


class Boards:
    """Running boards by id; `tick` moves what stands around them on."""

    def __init__(self, stimuli: Path | None) -> None:
        self.running: dict[str, SimulatedBoard] = {}
        self.given = Given(stimuli)

    def tick(self, epoch_s: float) -> None:
        """Set each board's sensors to its stimuli, or to the time of day."""
        for number, (board_id, board) in enumerate(self.running.items(), 1):
            stimulate(board, self.given.to(board_id) or weather(number, epoch_s % _DAY_S, _FRONT_END))


def stimulate(board: SimulatedBoard, to: Stimuli) -> None:
    """Set the board's pins and buses."""
    if to.sht3x == "good":
        board.climate(to.temperature, to.humidity)
    else:
        board.climate_fault(to.sht3x)
    board.voltage(PH_CHANNEL, to.ph_mv)
    board.voltage(MOISTURE_CHANNEL, to.moisture_mv)
    board.gps((to.nmea + "\r\n").encode("ascii") if to.nmea else b"")


@contextmanager
def start_boards(  # noqa: PLR0913 - each is the caller's choice
    count: int,
    serial: Path,
    state: Path,
    *,
    kinds: tuple[str, ...] = ("uno", "mega"),
    interval_ms: int = 30000,
    stimuli: Path | None = None,
) -> Iterator[Boards]:
    """Run `count` boards, kinds in turn; `serial/avr-N` leads to the port of the N-th.

    Ids and positions are those of `site.sensors("avr", count)`. Each keeps its EEPROM in `state/avr-N`,
    so that a restart is a power cycle, not a new board. `stimuli` is a file as in `stimuli.py`.
    """
    serial.mkdir(parents=True, exist_ok=True)
    wanted = sensors("avr", count)
    for sensor in wanted:
        (serial / sensor.sensor_id).unlink(missing_ok=True)  # an earlier run may have left it behind
    boards = Boards(stimuli)
    with ExitStack() as stack:
        for number, sensor in enumerate(wanted):
            name = sensor.sensor_id
            board = SimulatedBoard(kinds[number % len(kinds)], state / name, dtr_reset=True)
            boards.running[name] = stack.enter_context(board)
            boards.tick(time.time())
            given = boards.given.to(name)
            provision(board, sensor, interval_ms, gps=given is not None and given.nmea != "")
            stack.enter_context(_linked(serial / name, board.port))
            board.pace("real")
        yield boards


@contextmanager
def _linked(link: Path, port: Path) -> Iterator[None]:
    """`link` leads to the port, meanwhile."""
    link.symlink_to(port)
    try:
        yield
    finally:
        link.unlink(missing_ok=True)
