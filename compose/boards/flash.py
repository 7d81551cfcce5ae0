"""`boards flash`: a progress bar around the tool that writes."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from firmware.boards.avr import flash_avr
from firmware.boards.base import write_base
from firmware.boards.mpremote import put_application
from telemetry.errors import SettingsError

__all__ = ["run_flash"]


def run_flash(port: str, board: str, firmware: Path | None) -> None:
    """Write the board; what is done goes to stderr, the result to stdout."""
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting", total=1.0)

        def progress(what: str, share: float) -> None:
            bar.update(task, description=what, completed=share)

        if board in ("uno", "mega"):
            if firmware:
                raise SettingsError(
                    "--firmware is for MicroPython boards: an Arduino's is built from its source."
                )
            done = f"{flash_avr(port, board, progress)} bytes written and checked"
        else:
            if firmware:
                write_base(port, board, firmware, progress)
            done = f"{put_application(port, board, progress)} files written"
    Console(highlight=False).print(f"{port}: {done}. Next: farmstream boards provision", soft_wrap=True)
