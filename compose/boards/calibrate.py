"""`boards calibrate`: an instruction, live values until Enter, the board's answer."""

import select
import sys
from collections.abc import Callable

import typer
from rich.console import Console
from rich.live import Live as Screen
from rich.text import Text

from compose.boards.wanted import two_numbers
from firmware.boards.calibrate import Live, calibrate, moisture_steps, ph_steps
from firmware.boards.errors import BoardsError
from firmware.boards.talk import Talk
from telemetry.errors import SettingsError

__all__ = ["run_calibrate"]

_EVERY_S = 1.0


def run_calibrate(port: str, what: str, buffers: str, contents: tuple[float | None, float | None]) -> None:
    """Guide through the two points of a probe."""
    points = two_numbers("--buffers", buffers)
    if points is None or abs(points[0] - points[1]) < 1:
        raise SettingsError(f"--buffers {buffers}: use two buffers at least 1 pH apart, such as 6.86,4.01.")
    steps = ph_steps(points) if what == "ph" else moisture_steps(*contents)
    with Talk(port) as talk:
        talk.hello()
        calibrate(talk, steps, _until_enter, typer.echo)
    typer.echo("The board has kept it.")


def _until_enter(instruction: str, live: Callable[[], Live]) -> None:
    console = Console(highlight=False)
    console.print(f"{instruction} Wait until the values stand still, then press Enter.", soft_wrap=True)
    if not console.is_terminal:
        while not _pressed():
            console.print(_line(live()), soft_wrap=True)
        return
    with Screen(console=console, transient=True, auto_refresh=False) as screen:
        while not _pressed():
            screen.update(Text(_line(live())), refresh=True)


def _pressed() -> bool:
    if not select.select([sys.stdin], [], [], _EVERY_S)[0]:
        return False
    if not sys.stdin.readline():
        raise BoardsError("Nobody is there to press Enter: run this in a terminal.")
    return True


def _line(live: Live) -> str:
    return (
        f"pH {live.ph} ({live.electrode_mv} mV at the electrode, {live.ph_mv} mV at the pin)   "
        f"moisture {live.moisture} % ({live.moisture_mv} mV)   {live.temperature} °C"
    )
