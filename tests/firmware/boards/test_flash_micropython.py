"""MicroPython itself onto a board: the real esptool into an ESP32's loader, a file onto a Pico W's drive."""

import time
from pathlib import Path
from threading import Timer

import pytest

from firmware.boards import base, mpremote
from firmware.boards.base import write_base
from firmware.boards.errors import FlashError
from tests.firmware.boards.desk import boards
from tests.firmware.boards.esp32_rom import Esp32Rom

OFFSET = 0x1000


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Something as long as a piece of MicroPython, which begins as an ESP32's image does."""
    path = tmp_path / "ESP32_GENERIC.bin"
    path.write_bytes(b"\xe9" + b"".join(f"line {n} of the image\n".encode() for n in range(20_000)))
    return path


def test_esptool_writes_an_esp32_and_its_progress_is_told(image: Path) -> None:
    told: list[tuple[str, float]] = []
    with Esp32Rom() as rom:
        write_base(rom.path, "esp32", image, lambda what, share: told.append((what, share)))
    written = image.read_bytes()
    assert rom.erased
    assert bytes(rom.flash[OFFSET : OFFSET + len(written)]) == written
    assert {*rom.flash[:OFFSET], *rom.flash[OFFSET + len(written) + 4 :]} == {0xFF}
    assert told[-1] == ("writing", 1.0)
    assert any(0 < share < 1 for _, share in told)


def test_another_chip_is_told_and_not_written(image: Path) -> None:
    with Esp32Rom(chip_id=9) as rom:
        done = boards("flash", "-p", rom.path, "-b", "esp32", "--firmware", str(image))
    assert done.returncode == 1
    sentence = f"farmstream: The board on {rom.path} is an ESP32-S3, not an ESP32: look at --board."
    assert done.stderr.strip().splitlines()[-1] == sentence
    assert not rom.erased


def test_a_pico_w_is_written_on_its_drive_and_its_port_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (drive := tmp_path / "RPI-RP2").mkdir()
    (image := tmp_path / "RPI_PICO_W.uf2").write_bytes(b"UF2\n" * 1000)
    monkeypatch.setattr(base, "_DRIVES", (f"{tmp_path}/*-RP2",))
    port = tmp_path / "ttyACM0"
    started = time.monotonic()
    Timer(1.0, port.touch).start()  # MicroPython starts and shows its USB port
    write_base(str(port), "picow", image, lambda what, share: None)
    assert (drive / image.name).read_bytes() == image.read_bytes()
    assert time.monotonic() - started >= 1.0


@pytest.mark.parametrize(("hangs", "fails"), [(1, False), (2, True)])
def test_a_step_that_hangs_is_done_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hangs: int, fails: bool
) -> None:
    """mpremote waits for ever for a byte that was lost, which cannot be brought about at will."""
    (port := tmp_path / "ttyACM0").touch()
    codes = iter([-9] * hangs + [0])
    monkeypatch.setattr(mpremote, "run_tool", lambda *step: (next(codes), "=== False ==="))
    if fails:
        with pytest.raises(FlashError, match="MicroPython does not answer"):
            mpremote.read_settings(str(port))
    else:
        assert mpremote.read_settings(str(port)) is None
