"""Boards on the desk: simulated chips with the real firmware behind real ports."""

from collections.abc import Iterator

import pytest

from firmware.arduino.build import BOARDS, ToolMissing, build
from firmware.simulated_board import SimulatedBoard
from firmware.simulated_board.build import simulator_program


@pytest.fixture(scope="session")
def built() -> None:
    """The sketch and the simulator."""
    try:
        simulator_program()
        for kind in BOARDS:
            build(kind)
    except ToolMissing as why:
        pytest.skip(str(why))


@pytest.fixture(scope="module")
def arduino(built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedBoard]:
    """An Uno that runs the sketch in real time and is reset by the opening of its port, as a real one."""
    with SimulatedBoard("uno", tmp_path_factory.mktemp("desk"), pace="real", dtr_reset=True) as board:
        board.voltage(0, 2600)
        board.voltage(1, 2000)
        board.climate(20.0, 50.0)
        yield board
