"""Guided calibration over a board's console: shows raw and calibrated values until the person says so.

The board does the maths and keeps the result; a refusal (a worn electrode, points too near) is its own.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from firmware.boards.errors import BoardsError, RefusedByBoard
from firmware.boards.talk import Talk

__all__ = ["BUFFERS", "Live", "Step", "calibrate", "moisture_steps", "ph_steps", "read_live"]

BUFFERS = (6.86, 4.01)
"""pH at 25 °C of the two buffers that come with most probes."""


class Live(NamedTuple):
    """What `raw` says: mV as measured, and values or the reason why there is none, as text."""

    ph_mv: str
    electrode_mv: str
    moisture_mv: str
    temperature: str
    ph: str
    moisture: str


class Step(NamedTuple):
    """What the person is to do, and the command that takes this point then."""

    instruction: str
    command: str
    ready: str
    """How the board's good answer begins."""


Wait = Callable[[str, Callable[[], Live]], None]
"""Show the instruction, and live values, until the person is ready."""

_RAW = re.compile(
    r"L raw ph_mv=(\S+) electrode_mv=(\S+) moisture_mv=(\S+) temp=(\S+) hum=\S+ ph=(\S+) vwc=(\S+)"
)


def ph_steps(buffers: tuple[float, float] = BUFFERS) -> list[Step]:
    """Two buffers; rinsed between."""
    return [
        Step(
            f"Rinse the electrode and put it into the buffer of pH {ph:.2f}.",
            f"cal ph {ph:.2f}",
            "L ok cal ph",
        )
        for ph in buffers
    ]


def moisture_steps(dry: float | None = None, wet: float | None = None) -> list[Step]:
    """Dry, then wet; water contents in % where they are not 0 and saturation."""
    asked = (("dry", "dry soil (or air)", dry), ("wet", "soil that is saturated with water", wet))
    return [
        Step(
            f"Put the moisture probe into {where}.",
            f"cal moisture {name}" + (f" {content:g}" if content is not None else ""),
            f"L ok cal moisture: {name}",
        )
        for name, where, content in asked
    ]


def calibrate(talk: Talk, steps: list[Step], wait: Wait, tell: Callable[[str], None]) -> None:
    """Go through the steps; `tell` gets the board's answers. RefusedByBoard ends it."""
    for step in steps:
        wait(step.instruction, lambda: read_live(talk))
        answer = talk.ask(step.command, step.ready, "L refused cal", "L refused moisture")
        if answer.startswith("L refused"):
            raise RefusedByBoard(f"The board does not take this point: {answer.partition(': ')[2]}.")
        tell(answer.removeprefix("L ok cal "))


def read_live(talk: Talk) -> Live:
    """What the sensors give now."""
    answer = talk.ask("raw", "L raw ")
    found = _RAW.match(answer)
    if not found:
        raise BoardsError(f"The board on {talk.path} has another firmware: flash it again ({answer}).")
    return Live(*found.groups())
