"""The live screen: what runs, how much flows, what waits, the newest alerts; drawn from a State alone.

It fits 80 columns by 24 lines; a taller terminal shows more alerts, a wider one longer notes.
"""

from collections.abc import Iterator
from datetime import datetime

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from compose.local.state import AlertLine, ComponentState, State

__all__ = ["Screen", "plain_line", "span"]

_COLOURS = {
    "running": "green",
    "starting": "cyan",
    "waiting": "bright_black",
    "stopping": "yellow",
    "stopped": "bright_black",
    "restarting": "bold yellow",
    "failing": "bold red",
}
_HOPS = (
    ("boards sent", "sent", "kept", "not acknowledged"),
    ("gateway accepted", "accepted", None, ""),
    ("gateway forwarded", "forwarded", "spooled", "in the spool"),
    ("Kafka has", "delivered", "behind", "not read yet"),
    ("joined", "joined", "behind_readings", "not read yet"),
    ("stored", "stored", None, ""),
    ("in windows", "windows", "behind_windows", "not read yet"),
)
_REFUSED = (("rejected", "rejected"), ("sent twice", "duplicates"), ("after the watermark", "dropped"))


class Screen:
    """A renderable; `state` may be replaced between two drawings."""

    def __init__(self, state: State, hint: str = "") -> None:
        self.state = state
        self.hint = hint

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        state = self.state
        rule = Rule(style="bright_black")
        trouble = list(_trouble(state))[:2]
        fixed = [_title(state), _components(state), *trouble, rule, _flow(state), _refused(state)]
        used = len(fixed) + len(state.components) + len(_HOPS) + 1 + bool(self.hint)
        room = max(1, (options.height or console.height) - used)
        alerts = list(_alerts(state, room))
        parts: list[RenderableType] = [
            *fixed,
            Rule("[bold]Alerts[/]", align="left", style="bright_black"),
            *alerts,
        ]
        if self.hint:
            parts += [Text()] * (room - len(alerts)) + [Text(self.hint, style="bright_black")]
        yield Group(*parts)


def plain_line(state: State) -> str:
    """One line for a log or a pipe."""
    parts = ", ".join(
        f"{name} {part.state}" for name, part in state.components.items() if part.state != "running"
    )
    rates = ", ".join(f"{label} {state.rates.get(key, 0):.0f}/s" for label, key, *_ in _HOPS)
    stored = state.totals.get("stored", 0)
    return (
        f"{state.at:%H:%M:%S} {state.phase}: {parts or 'all components run'}; {rates}; {stored:.0f} stored."
    )


def span(seconds: float) -> str:
    """`42s`, `3m05s`, `2h07m`, `4d03h`."""
    whole = max(0, int(seconds))
    for size, unit, below, small in ((86400, "d", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s")):
        if whole >= size:
            return f"{whole // size}{unit}{whole % size // below:02}{small}"
    return f"{whole}s"


def _title(state: State) -> RenderableType:
    line = Table.grid(expand=True)
    line.add_column()
    line.add_column(justify="right")
    memory = sum(part.rss_mib for part in state.components.values())
    colour = {"running": "green", "starting": "cyan"}.get(state.phase, "yellow")
    left = Text.assemble(
        ("Farmstream ", "bold"), (state.phase, colour), f" for {span(_age(state, state.started))}"
    )
    line.add_row(left, Text(f"boards {state.options.get('boards', '')}   memory {memory:,.0f} MiB"))
    return line


def _components(state: State) -> Table:
    table = Table(box=None, expand=True, padding=(0, 1, 0, 0), header_style="bright_black")
    table.add_column("component", no_wrap=True)
    table.add_column("state", no_wrap=True, min_width=10)
    for name in ("pid", "port", "MiB", "for", "restarts"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", ratio=1, no_wrap=True, overflow="ellipsis")
    for name, part in state.components.items():
        table.add_row(name, *_component(state, part))
    return table


def _component(state: State, part: ComponentState) -> Iterator[Text]:
    yield Text(part.state, style=_COLOURS.get(part.state, ""))
    yield Text(str(part.pid or "–"))
    yield Text(str(part.port or "–"))
    yield Text(f"{part.rss_mib:,.0f}" if part.rss_mib else "–")
    yield Text(span(_age(state, part.since)) if part.since else "–")
    yield Text(str(part.restarts), style="yellow" if part.restarts else "")
    yield Text(part.note if part.state == "waiting" else "", style="bright_black")


def _trouble(state: State) -> Iterator[Text]:
    for name, part in state.components.items():
        if part.state in ("restarting", "failing"):
            line = f"{name}: {part.note}"
            yield Text(line, style=_COLOURS[part.state], no_wrap=True, overflow="ellipsis")


def _flow(state: State) -> Table:
    table = Table(box=None, expand=True, padding=(0, 1, 0, 0), header_style="bright_black")
    table.add_column("readings", no_wrap=True)
    for name in ("per second", "since the start"):
        table.add_column(name, justify="right", no_wrap=True, min_width=12)
    table.add_column("waiting", ratio=1, no_wrap=True)
    for label, key, gauge, where in _HOPS:
        known = key in state.totals
        waits = state.totals.get(gauge, 0) if gauge else 0
        table.add_row(
            label,
            f"{state.rates.get(key, 0):,.1f}" if known else "–",
            f"{state.totals[key]:,.0f}" if known else "–",
            Text(f"{waits:,.0f} {where}", style="yellow") if waits else "",
        )
    return table


def _refused(state: State) -> Text:
    counts = [(label, state.totals.get(key, 0)) for label, key in _REFUSED]
    pieces = [(f"{label} {count:,.0f}   ", "yellow" if count else "bright_black") for label, count in counts]
    return Text.assemble(*pieces)


def _alerts(state: State, room: int) -> Iterator[Text]:
    if not state.alerts:
        yield Text("none", style="bright_black")
    for alert in state.alerts[:room]:
        yield _alert(alert)


def _alert(alert: AlertLine) -> Text:
    values = ""
    if alert.value is not None and alert.threshold is not None:
        values = f"{alert.value:.1f} below {alert.threshold:.1f}"
    colour = "red" if alert.state == "open" else "bright_black"
    text = f"{alert.opened:%m-%d %H:%M:%S} {alert.state:<9} {alert.about:<16} {alert.rule} {values}"
    return Text(text, style=colour, no_wrap=True, overflow="ellipsis")


def _age(state: State, since: datetime | None) -> float:
    return (state.at - since).total_seconds() if since else 0.0
