"""The sketch, built for both boards and run on simulated chips; each test has its own board."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.arduino.build import BOARDS, Firmware, ToolMissing, build
from firmware.simulated_board import Conversation, SimulatedBoard
from firmware.simulated_board.build import simulator_program


@pytest.fixture(scope="session")
def firmwares() -> dict[str, Firmware]:
    """The sketch by kind of board; the simulator is built too."""
    try:
        simulator_program()
        return {kind: build(kind) for kind in BOARDS}
    except ToolMissing as why:
        pytest.skip(str(why))


@pytest.fixture(params=BOARDS)
def kind(request: pytest.FixtureRequest, firmwares: dict[str, Firmware]) -> str:
    """Each kind of board in turn."""
    assert request.param in firmwares
    return str(request.param)


@pytest.fixture
def board(kind: str, tmp_path: Path) -> Iterator[SimulatedBoard]:
    """A new board whose time passes only when a test lets it."""
    with SimulatedBoard(kind, tmp_path / kind) as board:
        yield board


@pytest.fixture
def line(board: SimulatedBoard) -> Iterator[Conversation]:
    """Its serial line, hello heard; it has no settings yet."""
    with Conversation(board) as line:
        line.until("H ")
        yield line
