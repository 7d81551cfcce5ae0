"""A board as it comes from the shop: nothing but a boot loader, which waits for avrdude.

    with new_board("uno", folder) as board:
        write = f"flash:w:{build('uno').hex}:i"
        subprocess.run(["avrdude", *AVRDUDE["uno"], "-P", board.port, "-D", "-U", write])
        board.pace("hold")                       # from here on, board time is the test's
        with Conversation(board) as line:        # opens the port, which resets the board, as a real one
            line.until("H ")                     # the sketch answers

The loader is the one of the Arduino core: Optiboot on the Uno, stk500v2 on the Mega. It is real machine
code, too: it takes the upload, writes the flash page by page, and starts the sketch after each reset.
"""

from pathlib import Path

from firmware.arduino.build import BOOT_LOADERS, ToolMissing
from firmware.simulated_board.board import SimulatedBoard

__all__ = ["AVRDUDE", "new_board"]

AVRDUDE = {
    "uno": ("-c", "arduino", "-p", "m328p", "-b", "115200"),
    "mega": ("-c", "wiring", "-p", "m2560", "-b", "115200"),
}
"""avrdude's words for each board's loader, chip and speed."""


def new_board(kind: str, state: Path) -> SimulatedBoard:
    """That board, in real time (avrdude's patience is), reset by the opening of its port.

    The flash keeps what was uploaded for as long as the context lasts, also over losses of power.
    """
    loader = BOOT_LOADERS[kind]
    if not loader.exists():
        raise ToolMissing(f"There is no boot loader {loader}: apt install arduino-core-avr.")
    return SimulatedBoard(kind, state, pace="real", firmware=loader, dtr_reset=True)
