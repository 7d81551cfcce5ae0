"""The MicroPython firmware on the real interpreter (unix port), its chip played by `standins/`."""

from firmware.simulated_board.micropython.board import MicroPythonBoard

__all__ = ["MicroPythonBoard"]
