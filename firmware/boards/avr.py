"""Writes the sketch into an Uno or a Mega with avrdude, through the boot loader that they come with."""

import re
from collections.abc import Callable

from firmware.arduino.build import build
from firmware.boards.errors import FlashError, WrongBoard
from firmware.boards.tools import check_free, find_tool, run_tool

__all__ = ["Progress", "flash_avr"]

Progress = Callable[[str, float], None]
"""What is being done, and how much of it, 0 to 1."""

_LOADERS = {
    "uno": ("-c", "arduino", "-p", "m328p", "-b", "115200"),
    "mega": ("-c", "wiring", "-p", "m2560", "-b", "115200"),
}
_SIGNATURES = {"1e950f": "an Uno", "1e9801": "a Mega", "1e9587": "a Leonardo", "1e9516": "an Uno with an ATmega328"}
_SIGNATURE = re.compile(r"signature = (?:0x)?((?:[0-9a-f]{2} ?){3})", re.IGNORECASE)
_STEPS = {"Writing": "writing", "Reading |": "checking"}
_BAR = 50
_TRIES = 3


def flash_avr(port: str, board: str, progress: Progress) -> int:
    """Build the sketch where that is needed, write and verify it; the bytes written.

    BuildError, PortError, WrongBoard or FlashError otherwise. What the board keeps in its EEPROM stays.
    """
    find_tool("avrdude")
    progress("building", 0.0)
    firmware = build(board)
    words = ["avrdude", *_LOADERS[board], "-P", port, "-D", "-U", f"flash:w:{firmware.hex}:i"]
    for tries_left in reversed(range(_TRIES)):
        check_free(port)
        code, output = run_tool(words, lambda said: _tell(said, progress))
        if code == 0:
            return firmware.flash
        if tries_left == 0 or not _silent(output):
            break
    raise _explained(port, board, output)


def _tell(said: str, progress: Progress) -> None:
    """avrdude draws a bar of 50 `#` for each step."""
    at, name = max((said.rfind(mark), name) for mark, name in _STEPS.items())
    if at >= 0:
        progress(name, min(1.0, said.count("#", at) / _BAR))


def _silent(output: str) -> bool:
    """A loader that has just started the old sketch is met again at the next try."""
    return "not in sync" in output or "not responding" in output or "timeout" in output


def _explained(port: str, board: str, output: str) -> FlashError:
    found = _SIGNATURE.search(output)
    signature = found[1].replace(" ", "").lower() if found else ""
    if "Expected signature" in output and signature:
        what = _SIGNATURES.get(signature, f"a chip with the signature {signature}")
        return WrongBoard(f"The board on {port} is {what}, not {_article(board)}: look at --board.")
    if _silent(output):
        return FlashError(
            f"No boot loader of {_article(board)} answers on {port}: look at --port and --board, "
            f"press the board's reset button, and try again."
        )
    if "verification error" in output:
        return FlashError(f"What {port} has read back is not what was written: try again, with another cable.")
    last = next((line for line in reversed(output.splitlines()) if line.strip()), "it said nothing")
    return FlashError(f"avrdude failed on {port}: {last.strip()}")


def _article(board: str) -> str:
    return {"uno": "an Uno", "mega": "a Mega"}[board]


