"""Writes the sketch into an Uno or a Mega with avrdude, through the boot loader that they come with."""

import re
from collections.abc import Callable, Sequence

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
_NAMES = {"1e950f": "an Uno", "1e9801": "a Mega", "1e9587": "a Leonardo"}
_ARTICLE = {"uno": "an Uno", "mega": "a Mega"}
_SIGNATURE = re.compile(r"signature = 0x([0-9a-f]{6})", re.IGNORECASE)
_STEPS = {"Writing |": "writing", "Reading |": "checking"}
_BAR = 50
_TRIES = 2
_PATIENCE_S = 10.0


def flash_avr(port: str, board: str, progress: Progress) -> int:
    """Build the sketch where that is needed, write and verify it; the bytes written.

    BuildError, PortError, WrongBoard or FlashError otherwise. What the board keeps in its EEPROM stays.
    """
    find_tool("avrdude")
    progress("building", 0.0)
    firmware = build(board)
    write = ("-D", "-U", f"flash:w:{firmware.hex}:i")
    for attempt in range(_TRIES):  # a loader that has just started the old sketch is met at the next one
        code, output = _avrdude(port, board, write, lambda said: _tell(said, progress))
        if code == 0:
            return firmware.flash
        if _SIGNATURE.search(output):
            raise _explained(port, board, output)
        if attempt == 0:
            _check_other(port, board)
    raise FlashError(
        f"No boot loader of {_ARTICLE[board]} answers on {port}: look at --port and --board, "
        f"press the board's reset button, and try again."
    )


def _avrdude(
    port: str, board: str, words: Sequence[str] = (), said: Callable[[str], None] | None = None
) -> tuple[int, str]:
    check_free(port)
    return run_tool(
        ["avrdude", *_LOADERS[board], "-P", port, *words], said or _quiet, "signature", _PATIENCE_S
    )


def _quiet(_: str) -> None:
    """Nobody looks."""


def _tell(said: str, progress: Progress) -> None:
    """avrdude draws a bar of 50 `#` for each step."""
    at, name = max((said.rfind(mark), name) for mark, name in _STEPS.items())
    if at >= 0:
        progress(name, min(1.0, said.count("#", at) / _BAR))


def _explained(port: str, board: str, output: str) -> FlashError:
    found = _SIGNATURE.search(output)
    if found and "xpected signature" in output:
        what = _NAMES.get(found[1].lower(), f"a chip with the signature {found[1]}")
        return WrongBoard(f"The board on {port} is {what}, not {_ARTICLE[board]}: look at --board.")
    if "erification" in output:
        return FlashError(f"{port} reads back other bytes than were written: try another cable, and again.")
    last = next((line for line in reversed(output.splitlines()) if line.strip()), "it said nothing")
    return FlashError(f"avrdude failed on {port}: {last.strip()}")


def _check_other(port: str, board: str) -> None:
    """WrongBoard where a loader of the other kind answers."""
    for other in _LOADERS.keys() - {board}:
        if _SIGNATURE.search(_avrdude(port, other)[1]):
            raise WrongBoard(
                f"The board on {port} is {_ARTICLE[other]}, not {_ARTICLE[board]}: look at --board."
            )
