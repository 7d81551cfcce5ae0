"""Several simulated Arduinos at once, provisioned, in real time, their ports as links in a folder."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from firmware.simulated_board.board import SimulatedBoard
from firmware.simulated_board.provision import provision
from firmware.simulated_board.stimuli import Stimuli, StimuliFile, stimulate
from firmware.simulated_board.weather import expose, surroundings
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
    """Running boards by id; `tick` moves what stands around them on."""

    def __init__(self, stimuli: Path | None) -> None:
        self.running: dict[str, SimulatedBoard] = {}
        self._file = StimuliFile(stimuli) if stimuli else None
        self._given: dict[str, Stimuli] = {}

    def given(self) -> dict[str, Stimuli]:
        """The stimuli by board id, as the file says now; a board without has the weather."""
        if self._file and (changed := self._file.read()) is not None:
            self._given = changed
        return self._given

    def tick(self, epoch_s: float) -> None:
        """Set each board's sensors to its stimuli, or to the time of day."""
        given = self.given()
        for number, (board_id, board) in enumerate(self.running.items(), 1):
            if board_id in given:
                stimulate(board, given[board_id])
            else:
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
    stimuli: Path | None = None,
) -> Iterator[Boards]:
    """Run `count` boards, kinds in turn; `serial/avr-N` leads to the port of the N-th.

    `master` gives their ids and positions (`sensors(count)` unless given). Each keeps its EEPROM in
    `state/avr-N`, so that a restart is a power cycle, not a new board. `stimuli` as in `stimuli.py`.
    """
    serial.mkdir(parents=True, exist_ok=True)
    for number in range(1, count + 1):
        (serial / f"avr-{number}").unlink(missing_ok=True)  # an earlier run may have left it behind
    boards = Boards(stimuli)
    with ExitStack() as stack:
        for number, sensor in enumerate((master or sensors(count))[:count], 1):
            kind, name = kinds[(number - 1) % len(kinds)], f"avr-{number}"
            board = stack.enter_context(SimulatedBoard(kind, state / name, dtr_reset=True))
            boards.running[sensor.sensor_id] = board
            given = boards.given().get(sensor.sensor_id)
            boards.tick(time.time())
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
