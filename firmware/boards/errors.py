"""Errors of what an operator does with boards; each is one sentence, told with exit code 1.

BoardsError
├── PortError       the port is not there, may not be opened, or is in use by another program
├── SilentBoard     nothing that speaks the line protocol answers
├── RefusedByBoard  the board does not take a setting or a calibration; the text has its reason
├── FlashError      a board could not be written; WrongBoard where it is another one than was said
└── UpdateFailed    (firmware.boards.update)
"""

from telemetry.errors import FarmstreamError

__all__ = ["BoardsError", "FlashError", "PortError", "RefusedByBoard", "SilentBoard", "WrongBoard"]


class BoardsError(FarmstreamError):
    """Base of these errors."""


class PortError(BoardsError):
    """A serial port cannot be used."""


class SilentBoard(BoardsError):
    """No board answers on the port."""


class RefusedByBoard(BoardsError):
    """The board said no."""


class FlashError(BoardsError):
    """The board was not written."""


class WrongBoard(FlashError):
    """The board at the port is not the one that was named."""
