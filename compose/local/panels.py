"""The pieces of the live screen, each drawn from a State alone: components, flow, trouble, alerts."""

from collections.abc import Iterator
from datetime import datetime

from rich.table import Table
from rich.text import Text

from compose.local.boards import parse_boards
from compose.local.state import AlertLine, ComponentState, State

__all__ = ["alerts", "brief", "components", "flow", "hops", "refused", "span", "title", "trouble"]

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
"""Label, counter, gauge of what waits there, and what that is, in the order of the flow."""
_RECEIVED = ("gateway received", "received", None, "")

_REFUSED = (("rejected", "rejected"), ("sent twice", "duplicates"), ("after the watermark", "dropped"))


def span(seconds: float) -> str:
    """`42s`, `3m05s`, `2h07m`, `4d03h`."""
    whole = max(0, int(seconds))
    for size, unit, below, small in ((86400, "d", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s")):
        if whole >= size:
            return f"{whole // size}{unit}{whole % size // below:02}{small}"
    return f"{whole}s"


def title(state: State) -> Table:
    """What it is, for how long, and what all of it takes."""
    line = Table.grid(expand=True, padding=(0, 1, 0, 0))
    memory = sum(part.rss_mib for part in state.components.values())
    colour = {"running": "green", "starting": "cyan"}.get(state.phase, "yellow")
    left = Text.assemble(
        ("Farmstream ", "bold"), (state.phase, colour), f" for {span(_age(state, state.started))}"
    )
    line.add_column(no_wrap=True, min_width=left.cell_len)
    line.add_column(justify="right", no_wrap=True)
    line.add_row(left, Text(f"memory {memory:,.0f} MiB   boards {state.options.get('boards', '')}"))
    return line


def components(state: State) -> Table:
    """A line for each component."""
    table = Table(box=None, expand=True, padding=(0, 1, 0, 0), header_style="bright_black")
    table.add_column("component", no_wrap=True)
    table.add_column("state", no_wrap=True, min_width=10)
    for name, width in (("pid", 6), ("port", 5), ("MiB", 5), ("for", 5), ("restarts", 8)):
        table.add_column(name, justify="right", no_wrap=True, min_width=width)
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
    yield Text("" if _in_trouble(part) else part.note, style="bright_black")


def trouble(state: State) -> Iterator[Text]:
    """A line for each component that died, with when it starts again, and one for the state's own error."""
    if state.error:
        yield _line(state.error, "bold red")
    for name, part in state.components.items():
        if _in_trouble(part):
            left = max(0.0, part.pause_s - _age(state, part.since))
            yield _line(f"{name} starts again in {left:.0f} s: {part.note}", _COLOURS[part.state])


def _in_trouble(part: ComponentState) -> bool:
    return part.state in ("restarting", "failing")


def hops(state: State) -> tuple[tuple[str, str, str | None, str], ...]:
    """The rows of the flow. Simulated boards tell what they sent; of real firmware it is known on arrival."""
    boards = state.options.get("boards")
    return _HOPS if boards is None or {*parse_boards(boards)} == {"simulated"} else (_RECEIVED, *_HOPS[1:])


def flow(state: State) -> Table:
    """A line for each hop: rate, total, what waits there."""
    table = Table(box=None, expand=True, padding=(0, 1, 0, 0), header_style="bright_black")
    table.add_column("readings", no_wrap=True)
    for name in ("per second", "since the start"):
        table.add_column(name, justify="right", no_wrap=True, min_width=12)
    table.add_column("waiting", ratio=1, no_wrap=True)
    for label, key, gauge, where in hops(state):
        known = key in state.totals
        waits = state.totals.get(gauge, 0) if gauge else 0
        table.add_row(
            label,
            f"{state.rates.get(key, 0):,.1f}" if known else "–",
            f"{state.totals[key]:,.0f}" if known else "–",
            Text(f"{waits:,.0f} {where}", style="yellow") if waits else "",
        )
    return table


def refused(state: State) -> Text:
    """What was not taken, and why."""
    counts = [(label, state.totals.get(key, 0)) for label, key in _REFUSED]
    pieces = [(f"{label} {count:,.0f}   ", "yellow" if count else "bright_black") for label, count in counts]
    return Text.assemble(*pieces)


def brief(state: State) -> Text:
    """The flow in one line, for a terminal that is too short for more."""
    rates, totals, shown = state.rates, state.totals, hops(state)
    waiting = sum(totals.get(gauge, 0) for _, _, gauge, _ in shown if gauge)
    first = shown[0][1]
    return _line(
        f"{first} {rates.get(first, 0):,.1f}/s, stored {rates.get('stored', 0):,.1f}/s, "
        f"waiting {waiting:,.0f}, rejected {totals.get('rejected', 0):,.0f}, "
        f"open alerts {sum(alert.state == 'open' for alert in state.alerts)}"
    )


def alerts(state: State, room: int) -> Iterator[Text]:
    """The newest `room` alerts, a line each."""
    if not state.alerts:
        yield Text("none", style="bright_black")
    for alert in state.alerts[:room]:
        yield _alert(alert)


def _alert(alert: AlertLine) -> Text:
    values = ""
    if alert.value is not None and alert.threshold is not None:
        values = f"{alert.value:.1f}, threshold {alert.threshold:.1f}"
    when = alert.local or f"{alert.opened:%m-%d %H:%M:%S} UTC"
    colour = "red" if alert.state == "open" else "bright_black"
    return _line(f"{when} {alert.state:<9} {alert.about:<12} {alert.rule} {values}", colour)


def _line(text: str, style: str = "") -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")


def _age(state: State, since: datetime | None) -> float:
    return (state.at - since).total_seconds() if since else 0.0
