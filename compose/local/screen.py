"""The live screen: what runs, how much flows, what waits, the newest alerts; drawn from a State alone.

It fits 80 columns by 24 lines; a taller terminal shows more alerts, a wider one longer notes, a
shorter one the flow in one line.
"""

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.rule import Rule
from rich.text import Text

from compose.local.panels import alerts, brief, components, flow, hops, refused, title, trouble
from compose.local.state import State

__all__ = ["Screen", "plain_line"]

_TROUBLES = 2
"""Lines of trouble shown at most."""


class Screen:
    """A renderable of `height` lines, those of the terminal unless given; `hint` is its last line."""

    def __init__(self, state: State, hint: str = "", height: int | None = None) -> None:
        self.state = state
        self.hint = hint
        self.height = height

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        height = self.height or options.height or console.height
        troubles = list(trouble(self.state))[:_TROUBLES]
        head: list[RenderableType] = [title(self.state), components(self.state), *troubles]
        room = height - len(head) - len(self.state.components) - bool(self.hint)
        body = list(self._body(room))
        hint = [Text(self.hint, style="bright_black", no_wrap=True, overflow="ellipsis")] if self.hint else []
        yield Group(*head, *body, *hint)

    def _body(self, room: int) -> list[RenderableType]:
        """Flow and alerts in `room` lines, filled up with empty ones where a hint comes below."""
        rule = Rule(style="bright_black")
        parts: list[RenderableType] = [rule, flow(self.state), refused(self.state)]
        left = room - len(parts) - len(hops(self.state)) - 1
        if left < 1:
            return [brief(self.state)]
        shown = list(alerts(self.state, left))
        blank = [Text()] * (left - len(shown)) if self.hint else []
        return [*parts, Rule("[bold]Alerts[/]", align="left", style="bright_black"), *shown, *blank]


def plain_line(state: State) -> str:
    """One line for a log or a pipe."""
    parts = ", ".join(
        f"{name} {part.state}" for name, part in state.components.items() if part.state != "running"
    )
    rates = ", ".join(f"{label} {state.rates.get(key, 0):.0f}/s" for label, key, *_ in hops(state))
    stored = state.totals.get("stored", 0)
    return (
        f"{state.at:%H:%M:%S} {state.phase}: {parts or 'all components run'}; {rates}; {stored:.0f} stored."
    )
