"""Over-the-air updates of a real board application: good, forged, damaged, replayed, and one that breaks."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest

from firmware.boards.manifest import Release, make_manifest
from firmware.boards.update import UpdateFailed, push_update
from firmware.simulated_board.micropython import MicroPythonBoard
from telemetry.settings import Secret
from tests.firmware.micropython.bench import Broker, Watch, eventually
from tests.firmware.micropython.conftest import MakeBoard
from tests.firmware.micropython.test_interpreter import FIRMWARE

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("acknowledging")]

KEY = Secret("00112233445566778899aabbccddeeff")


@pytest.fixture
def operator(broker: Broker) -> Iterator[paho.Client]:
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", broker.plain_port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """The next version: the present one, calling itself 2.0.0."""
    folder = tmp_path / "release"
    shutil.copytree(FIRMWARE / "farm", folder / "farm")
    run = folder / "farm" / "run.py"
    run.write_text(run.read_text().replace('FIRMWARE = "1.0.0"', 'FIRMWARE = "2.0.0"'))
    return folder


@pytest.fixture
def board(make_board: MakeBoard, watch: Watch) -> Iterator[MicroPythonBoard]:
    with make_board(update_key=KEY) as board:
        eventually(lambda: watch.readings, why=board.console)
        yield board


def push(
    operator: paho.Client, board: MicroPythonBoard, release: Path, build: int = 7, key: Secret = KEY
) -> None:
    manifest = make_manifest(release, build, "2.0.0", key)
    push_update(operator, board.folder.name, Release(release, manifest), lambda sent, total: None, timeout=60)


def test_a_good_update_runs_and_stays(
    operator: paho.Client, board: MicroPythonBoard, release: Path, watch: Watch
) -> None:
    push(operator, board, release)
    # The operator is one client of the broker and the watch another: either may hear first.
    eventually(lambda: any(s.get("fw") == "2.0.0" and s.get("build") == 7 for s in watch.statuses))
    assert watch.statuses[-1]["reset"] == "soft"
    eventually(lambda: not (board.folder / "trial").exists())
    before = watch.identities()
    eventually(lambda: watch.identities() - before)
    with pytest.raises(UpdateFailed, match="build 7 is not newer than 7"):
        push(operator, board, release, build=7)


def test_a_forged_manifest_is_refused(operator: paho.Client, board: MicroPythonBoard, release: Path) -> None:
    with pytest.raises(UpdateFailed, match="signature is wrong"):
        push(operator, board, release, key=Secret("ff" * 16))


def test_a_damaged_file_is_refused(operator: paho.Client, board: MicroPythonBoard, release: Path) -> None:
    manifest = make_manifest(release, 7, "2.0.0", KEY)
    damaged = release / "farm" / "app.py"
    damaged.write_bytes(damaged.read_bytes().replace(b"def", b"dEf", 1))
    with pytest.raises(UpdateFailed, match="is not what the manifest says"):
        push_update(operator, board.folder.name, Release(release, manifest), lambda *_: None, timeout=60)
    assert not (board.folder / "active").exists()


def test_a_version_that_does_not_come_up_is_taken_back(
    operator: paho.Client, board: MicroPythonBoard, release: Path, watch: Watch
) -> None:
    (release / "farm" / "run.py").write_text("def run(root):\n    raise RuntimeError('broken release')\n")
    with pytest.raises(UpdateFailed, match="runs build 0 again: build 7 did not come up"):
        push(operator, board, release)
    assert board.console().count("broken release") == 3
    before = len(watch.readings)
    eventually(lambda: len(watch.readings) > before)
    assert (board.folder / "active").read_text() == "a"


def test_a_board_without_a_key_takes_no_updates(
    operator: paho.Client, make_board: MakeBoard, release: Path, watch: Watch
) -> None:
    with make_board() as board:
        eventually(lambda: watch.readings)
        with pytest.raises(UpdateFailed, match="takes no updates"):
            push(operator, board, release)


def test_a_board_that_restarts_in_the_middle_begins_again(
    operator: paho.Client, board: MicroPythonBoard, release: Path, watch: Watch
) -> None:
    pressed = []

    def press_reset(sent: int, total: int) -> None:
        if not pressed and sent > total // 2:
            pressed.append(sent)
            board.power_off()
            board.power_on()

    push_update(
        operator, board.folder.name, Release(release, make_manifest(release, 7, "2.0.0", KEY)), press_reset
    )
    assert pressed
    assert (board.folder / "active").read_text() == "b"
