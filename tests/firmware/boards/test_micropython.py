"""flash, provision, list, calibrate and monitor with the real mpremote and the real interpreter."""

import json
import os
import pty
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import trustme

from firmware.boards.errors import WrongBoard
from firmware.boards.mpremote import check_platform
from firmware.simulated_board.micropython import MicroPythonBoard
from firmware.simulated_board.micropython.board import interpreter
from firmware.simulated_board.micropython.flash import DEFAULT_STIMULI, write_stimuli
from telemetry.errors import FarmstreamError
from tests.firmware.boards.desk import Guided, boards
from tests.firmware.micropython.bench import Broker, eventually, gateway, watching

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker with TLS."""
    broker = Broker(tmp_path_factory.mktemp("broker"), trustme.CA())
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[MicroPythonBoard]:
    """A board that has MicroPython and nothing else, on USB."""
    try:
        interpreter()
    except FarmstreamError as why:
        pytest.skip(str(why))
    folder = tmp_path / "board"
    folder.mkdir()
    write_stimuli(folder, DEFAULT_STIMULI)
    with MicroPythonBoard(folder, usb=True) as board:
        eventually(lambda: ">>> " in board.console())
        yield board


def secret(path: Path, text: str) -> Path:
    """A file of ours alone."""
    path.touch(mode=0o600)
    path.write_text(text + "\n")
    return path


def test_from_an_empty_board_to_the_first_reading(
    empty: MicroPythonBoard, broker: Broker, tmp_path: Path
) -> None:
    assert empty.usb
    port = empty.usb.path
    flashed = boards("flash", "--port", port, "--board", "picow")
    assert flashed.returncode == 0, flashed.stderr
    eventually(lambda: "settings.json is missing" in empty.console())

    begin = tmp_path / "begin.json"
    probes = {"sht3x": {"scl": 5, "sda": 4}, "ph": {"pin": 26}, "moisture": {"pin": 27}, "watchdog_s": 8}
    begin.write_text(json.dumps(probes))
    words = [
        "provision", "--port", port, "--board", "picow", "--id", "mp-desk", "--no-register",
        "--settings", str(begin), "--lon", "139.36", "--lat", "35.33", "--interval", "1s",
        "--ssid", "barn", "--wifi-password-file", str(secret(tmp_path / "wifi", "hay-stack")),
        "--mqtt", f"localhost:{broker.tls_port}", "--ca", str(broker.folder / "ca.pem"), "--user", "board",
        "--mqtt-password-file", str(secret(tmp_path / "mqtt", "barn-door")),
        "--moisture", "2600,1200",
    ]  # fmt: skip
    with watching(broker.plain_port) as watch, gateway(tmp_path / "gateway", broker.plain_port):
        done = boards(*words)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"{port} is mp-desk now, not registered.\n"
        eventually(lambda: any(r.main.moisture == 23.0 for r in watch.readings), why=empty.console)
    reading = next(r for r in watch.readings if r.main.moisture == 23.0)
    assert (reading.id, reading.main.temperature, reading.faults) == ("mp-desk", 25.0, {"ph": "uncalibrated"})
    kept = json.loads((empty.folder / "settings.json").read_text())
    assert (kept["wifi"]["password"], kept["mqtt"]["password"]) == ("hay-stack", "barn-door")
    assert "barn-door" not in done.stdout + done.stderr + empty.console()

    (found,) = json.loads(boards("list", "--port", port, "--json").stdout)
    assert (found["hello"]["id"], found["hello"]["board"]) == ("mp-desk", "picow")

    guide = Guided("calibrate", "-p", port, "ph")
    for buffer, millivolts in ((6.86, 1674), (4.01, 2152)):
        guide.until(f"buffer of pH {buffer}")
        empty.stimulate(adc={"26": millivolts, "27": 1900})
        guide.settle(millivolts)
        guide.enter()
    assert guide.finish() == 0, guide.said
    kept = json.loads((empty.folder / "settings.json").read_text())
    # 478 mV at the pin is 159.3 mV at the electrode over 2.85 pH, of 59.16 mV each: 94.5 %
    assert kept["ph"]["slope"] == pytest.approx(159.3 / 2.85 / 59.16, abs=0.003)
    assert kept["mqtt"]["password"] == "barn-door"

    again = boards(
        "provision", "-p", port, "-b", "picow", "--id", "mp-desk", "--no-register", "--interval", "2s"
    )
    assert again.returncode == 0, again.stderr
    changed = json.loads((empty.folder / "settings.json").read_text())
    assert changed == kept | {"interval_s": 2}
    assert "hello    id mp-desk" in boards("monitor", "-p", port, "--for", "4s").stdout or empty.starts > 3


def test_settings_that_the_board_would_refuse_are_told_before_it_is_touched(empty: MicroPythonBoard) -> None:
    assert empty.usb
    done = boards(
        "provision", "-p", empty.usb.path, "-b", "esp32", "--id", "x", "--no-register", "--ssid", "barn"
    )
    assert done.returncode == 1
    assert "mqtt.host: is missing; mqtt.ca" in done.stderr or "mqtt.host: is missing" in done.stderr
    assert empty.starts <= 2
    assert not (empty.folder / "settings.json").exists()


def test_a_port_without_micropython_is_one_sentence(tmp_path: Path) -> None:
    image = tmp_path / "esp32.bin"
    image.write_bytes(b"\xe9" + bytes(4095))
    with ThreadPoolExecutor() as pool:  # both wait for an answer
        picow = pool.submit(on_a_silent_port, "picow")
        esp32 = pool.submit(on_a_silent_port, "esp32", "--firmware", str(image))
    assert "MicroPython does not answer on" in picow.result()
    assert "No ESP32 answers on" in esp32.result()


def on_a_silent_port(board: str, *words: str) -> str:
    """`boards flash` where nothing answers: what it says."""
    outer, inner = pty.openpty()
    done = boards("flash", "-p", os.ttyname(inner), "-b", board, *words)
    os.close(outer)
    os.close(inner)
    assert done.returncode == 1
    return done.stderr


def test_the_wrong_image_and_the_wrong_board(tmp_path: Path) -> None:
    image = tmp_path / "x.bin"
    image.touch()
    done = boards("flash", "-p", "/dev/null", "-b", "picow", "--firmware", str(image))
    assert (done.returncode, "is no .uf2 file" in done.stderr) == (1, True)
    done = boards(
        "flash", "-p", "/dev/null", "-b", "picow", "--firmware", str(image.rename(tmp_path / "x.uf2"))
    )
    assert (done.returncode, "hold BOOTSEL while you plug it in" in done.stderr) == (1, True)
    with pytest.raises(WrongBoard, match="is an ESP32, not a Pico W"):
        check_platform("/dev/ttyACM0", "picow", "esp32")
    check_platform("/dev/ttyACM0", "picow", "rp2")
