"""MicroPython itself onto a board: esptool for an ESP32, a copied file for a Pico W.

Its image comes from micropython.org/download (no package registry has it): `.bin` and `.uf2`.
"""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from firmware.boards.errors import FlashError, WrongBoard
from firmware.boards.tools import check_free, run_tool, wait_for_port

__all__ = ["esptool_words", "write_base"]

Progress = Callable[[str, float], None]

_OFFSET = "0x1000"
"""Where the ESP32's ROM looks for its second-stage loader (esptool's documentation, "Boot log")."""
_DRIVES = ("/media/*/RPI-RP2", "/run/media/*/RPI-RP2", "/mnt/RPI-RP2", "/Volumes/RPI-RP2")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%")


def write_base(port: str, board: str, image: Path, progress: Progress) -> None:
    """Write the image; FlashError or WrongBoard where that fails."""
    wanted = ".bin" if board == "esp32" else ".uf2"
    if image.suffix != wanted:
        raise FlashError(f"{image} is no {wanted} file: take this board's from micropython.org/download.")
    if board == "esp32":
        _esptool(port, image, progress)
    else:
        _copy_uf2(image, progress)
        progress("waiting for MicroPython", 1.0)
        wait_for_port(port)


def esptool_words(port: str, image: Path) -> list[str]:
    """What esptool is run with: all of the flash is erased first, as an update of MicroPython asks for."""
    return ["esptool", "--chip", "esp32", "--port", port, "write-flash", "--erase-all", _OFFSET, str(image)]


def _esptool(port: str, image: Path, progress: Progress) -> None:
    def said(output: str) -> None:
        if found := _PERCENT.findall(output[-300:]):
            progress("writing", float(found[-1]) / 100)

    check_free(port)
    code, output = run_tool(esptool_words(port, image), said, "Chip type", patience=60)
    if code:
        raise _explained(port, output)


def _explained(port: str, output: str) -> FlashError:
    found = re.search(r"This chip is (\S+),? not", output)
    if found:
        return WrongBoard(f"The board on {port} is an {found[1].rstrip(',')}, not an ESP32: look at --board.")
    if "Chip type" not in output:
        return FlashError(
            f"No ESP32 answers on {port}: hold its BOOT button while it is being written, look at --port, "
            f"and try again."
        )
    last = next((line for line in reversed(output.splitlines()) if line.strip()), "it said nothing")
    return FlashError(f"esptool failed on {port}: {last.strip()}")


def _copy_uf2(image: Path, progress: Progress) -> None:
    found = [path for pattern in _DRIVES for path in Path("/").glob(pattern.lstrip("/"))]
    if not found:
        raise FlashError(
            "The Pico W does not show its drive RPI-RP2: hold BOOTSEL while you plug it in, open the drive, "
            "and try again."
        )
    progress("writing", 0.5)
    with (found[0] / image.name).open("wb") as file:
        file.write(image.read_bytes())
        file.flush()
        with suppress(OSError):  # the board restarts at the last block, and its drive is gone
            os.fsync(file.fileno())
