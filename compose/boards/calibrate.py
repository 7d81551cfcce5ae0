"""`boards calibrate`: an instruction, live values until Enter, the board's answer."""

import select
import sys
from collections.abc import Callable
from functools import partial

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
        calibrate(talk, steps, partial(_until_enter, _ph if what == "ph" else _moisture), typer.echo)
    typer.echo("The board has kept it.")


def _until_enter(shown: Callable[[Live], str], instruction: str, live: Callable[[], Live]) -> None:
    console = Console(highlight=False)
    asked = f"{instruction} Wait until the values stand still, then press Enter."
    console.print(asked, soft_wrap=not console.is_terminal)
    if not console.is_terminal:
        while not _pressed():
            console.print(shown(live()), soft_wrap=True)
        return
    with Screen(console=console, transient=True, auto_refresh=False) as screen:
        while not _pressed():
            screen.update(Text(shown(live())), refresh=True)


def _pressed() -> bool:
    if not select.select([sys.stdin], [], [], _EVERY_S)[0]:
        return False
    if not sys.stdin.readline():
        raise BoardsError("Nobody is there to press Enter: run this in a terminal.")
    return True


def _ph(live: Live) -> str:
    volts = f"{live.electrode_mv} mV at the electrode, {live.ph_mv} mV at the pin"
    return f"pH {_or_dash(live.ph)}   {volts}   {_or_dash(live.temperature)} °C"


def _moisture(live: Live) -> str:
    return f"moisture {_or_dash(live.moisture)} %   {live.moisture_mv} mV at the pin"


def _or_dash(value: str) -> str:
    """A value, or a dash with the reason why there is none."""
    return f"– ({value[1:]})" if value.startswith("!") else value
