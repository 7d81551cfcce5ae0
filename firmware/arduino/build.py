"""Builds the sketch (or the vectors' runner) with Debian's gcc-avr and Arduino core: no downloads."""

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from telemetry.errors import FarmstreamError

__all__ = [
    "BOARDS", "BOOT_LOADERS", "BuildError", "Firmware", "ToolMissing", "build", "one_at_a_time",
    "output_folder",
]  # fmt: skip

BOARDS = {"uno": "atmega328p", "mega": "atmega2560"}
"""Boards and their chips."""

_CORE = Path(os.environ.get("ARDUINO_DIR", "/usr/share/arduino/hardware/arduino/avr"))
BOOT_LOADERS = {
    "uno": _CORE / "bootloaders/optiboot/optiboot_atmega328.hex",
    "mega": _CORE / "bootloaders/stk500v2/stk500boot_v2_mega2560.hex",
}
"""What takes an upload, as it comes with the core: avrdude's `arduino` (Optiboot) and `wiring`."""

_TOOLS = {"make": "make", "avr-gcc": "gcc-avr", "avr-objcopy": "binutils-avr", "awk": "mawk"}
_SIZE = re.compile(r"^\w+: flash (\d+) of (\d+) bytes .*, RAM (\d+) of (\d+) bytes", re.MULTILINE)


class BuildError(FarmstreamError):
    """The firmware cannot be built: a tool is missing, the code is wrong or it does not fit."""


class ToolMissing(BuildError):
    """A compiler, a library or the Arduino core is not installed."""


@dataclass(frozen=True)
class Firmware:
    """A built program: for simavr (`elf`), for avrdude (`hex`), and its size in bytes."""

    board: str
    elf: Path
    hex: Path
    flash: int
    flash_size: int
    ram: int
    ram_size: int


def build(board: str, program: str = "farmstream") -> Firmware:
    """Build `farmstream` or `vectors` for `uno` or `mega`, where the sources are newer than the result."""
    if board not in BOARDS:
        raise BuildError(f"'{board}' is no board that is known: use {' or '.join(BOARDS)}.")
    _check_tools()
    here = Path(__file__).parent
    out = output_folder(here)
    command = ["make", f"-j{os.cpu_count() or 1}", f"BOARD={board}", f"PROGRAM={program}", f"BUILD={out}"]
    with one_at_a_time(out):
        made = subprocess.run(
            [*command, f"ARDUINO_DIR={_CORE}"], cwd=here, capture_output=True, text=True, check=False
        )
    size = _SIZE.search(made.stdout)
    if made.returncode or not size:
        lines = (made.stderr.strip() or made.stdout.strip()).splitlines()
        raise BuildError(f"The firmware for the {board} was not built: {' / '.join(lines[-3:])}")
    flash, flash_size, ram, ram_size = map(int, size.groups())
    base = out / board / program
    return Firmware(
        board, base.with_suffix(".elf"), base.with_suffix(".hex"), flash, flash_size, ram, ram_size
    )


def output_folder(source: Path) -> Path:
    """`build` beside the sources, or in the user's cache where they are read-only."""
    cache = Path(os.environ.get("FARMSTREAM_CACHE", Path.home() / ".cache/farmstream"))
    out = source / "build" if os.access(source, os.W_OK) else cache / source.name / "build"
    out.mkdir(parents=True, exist_ok=True)
    return out


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Keep two builds into one folder from meeting, also those of two processes."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _check_tools() -> None:
    for tool, package in _TOOLS.items():
        if not shutil.which(tool):
            raise ToolMissing(f"`{tool}` is missing: install {package} (Debian: apt install {package}).")
    if not (_CORE / "cores/arduino/Arduino.h").exists():
        raise ToolMissing(
            f"There is no Arduino core in {_CORE}: apt install arduino-core-avr, or set ARDUINO_DIR."
        )
