"""avrdude writes the sketch through the real boot loader; then it runs, and lives with that loader."""

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from firmware.arduino.build import BOARDS, Firmware
from firmware.simulated_board import Conversation, SimulatedBoard
from firmware.simulated_board.new_board import AVRDUDE, new_board
from tests.firmware.avr.bench import MOISTURE, decoded, hello, measured, provision


@pytest.fixture(scope="module", params=BOARDS)
def uploaded(
    request: pytest.FixtureRequest, firmwares: dict[str, Firmware], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimulatedBoard]:
    """A new board that avrdude has written the sketch into, and verified."""
    kind = str(request.param)
    if shutil.which("avrdude") is None:
        pytest.skip("avrdude is not installed")
    with new_board(kind, tmp_path_factory.mktemp("new") / kind) as board:
        write = f"flash:w:{firmwares[kind].hex}:i"
        command = ["avrdude", *AVRDUDE[kind], "-P", str(board.port), "-D", "-U", write]
        run = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
        assert run.returncode == 0, run.stderr
        assert f"{firmwares[kind].flash} bytes of flash verified" in run.stderr
        board.pace("hold")
        yield board


def test_the_sketch_answers_and_measures(uploaded: SimulatedBoard) -> None:
    with Conversation(uploaded) as line:
        assert hello(line.until("H "))["board"] == uploaded.kind
        provision(line)
        uploaded.climate(21.5, 48.25)
        reading = measured(line)
    assert reading.id == "b1"
    assert reading.main.temperature == pytest.approx(21.5, abs=0.01)
    assert reading.main.moisture == pytest.approx(MOISTURE.moisture(2000), abs=0.2)


def test_each_opening_of_the_port_goes_through_the_loader_and_loses_nothing(uploaded: SimulatedBoard) -> None:
    """The loader has the RAM for a second and clears the reset flags: ring and ages hold all the same."""
    with Conversation(uploaded) as line:
        line.until("H ")
        provision(line, interval="86400000")
        line.send("measure")
        first, at = decoded(line.until("R ")), uploaded.time()
    for _ in range(4):
        uploaded.step(0.5)
        with Conversation(uploaded) as line:
            assert hello(line.until("H "))["reset"] == "external"
            kept = decoded(line.until("R "))
        assert (kept.identity, kept.main) == (first.identity, first.main)
        assert kept.age is not None and first.age is not None
        assert kept.age - first.age == pytest.approx((uploaded.time() - at) * 1000, abs=300)
