"""How `up` shows itself: a live screen on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Protocol

from rich.console import Console
from rich.live import Live

from compose.local.screen import Screen, plain_line
from compose.local.state import ComponentState, State

__all__ = ["HINT", "View", "live", "plain", "view_for"]

HINT = "Ctrl-C stops everything, in order; nothing is lost."
_STOPPING = "Stopping, in order; nothing is lost."


class View(Protocol):
    """Something that shows a state; called a few times a second."""

    def __call__(self, state: State) -> None: ...


@contextmanager
def view_for(console: Console) -> Iterator[View]:
    """The view that fits where `console` writes."""
    capable = console.is_terminal and not console.is_dumb_terminal
    with live(console) if capable else plain(console) as view:
        yield view


@contextmanager
def live(console: Console) -> Iterator[View]:
    """The whole terminal, redrawn; a terminal that has gone away is not an error."""
    display = Live(console=console, screen=True, auto_refresh=False)
    display.start()

    def show(state: State) -> None:
        with suppress(OSError):
            display.update(Screen(state, _STOPPING if state.phase == "stopping" else HINT), refresh=True)

    try:
        yield show
    finally:
        with suppress(OSError):
            display.stop()


@contextmanager
def plain(console: Console, every: float = 10.0) -> Iterator[View]:
    """A line for each change of a component's state, and one on the flow every so often."""
    told: dict[str, str] = {}
    due = 0.0

    def show(state: State) -> None:
        nonlocal due
        for name, part in state.components.items():
            if told.get(name, "waiting") != part.state:
                line = f"{state.at:%H:%M:%S} {name}: {_said(part)}"
                console.print(line, highlight=False, soft_wrap=True, markup=False)
            told[name] = part.state
        if state.phase == "running" and monotonic() >= due:
            due = monotonic() + every
            console.print(plain_line(state), highlight=False, soft_wrap=True)

    yield show


def _said(part: ComponentState) -> str:
    if part.state in ("restarting", "failing"):
        return f"{part.state} in {part.pause_s:.0f} s: {part.note}"
    return f"{part.state} {part.note}" if part.state == "waiting" and part.note else part.state
