"""`farmstream status`: what runs, where, and how it flows, as a table or as JSON."""

from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from compose.local.lifecycle import state_of
from compose.local.picture import draw_svg
from compose.local.screen import Screen
from compose.local.state import ComponentState, State
from telemetry.clock import utc_now

__all__ = ["ENDPOINTS", "NOT_ALL_RUNS", "all_run", "report", "run_status"]

ENDPOINTS = ("mqtt", "fluentd", "kafka", "cassandra", "gateway", "jupyter")
_LINES = 30
"""Enough for all components and some alerts, whatever the terminal's height."""

NOT_ALL_RUNS = 3
"""Exit code of `status` when something does not run."""


def report(state: State | None, home: Path) -> dict[str, Any]:
    """The JSON of `status --json`; endpoints are null while nothing answers there."""
    running = state if state and state.phase != "stopped" else None
    endpoints = running.endpoints if running else {}
    return {
        "phase": state.phase if state else "stopped",
        "components": {name: _component(part) for name, part in (state.components if state else {}).items()},
        "endpoints": {name: endpoints.get(name) for name in ENDPOINTS},
        "keyspace": state.keyspace if state else "farm",
        "credentials": str(home / "credentials.json"),
        "rates": {name: round(rate, 1) for name, rate in (running.rates if running else {}).items()},
        "totals": state.totals if state else {},
    }


def all_run(state: State | None) -> bool:
    """Whether the pipeline is complete: each component runs."""
    return bool(
        state
        and state.phase == "running"
        and all(part.state == "running" for part in state.components.values())
    )


def run_status(home: Path, *, as_json: bool, console: Console, svg: Path | None = None) -> int:
    """Print it, and draw it into the file `svg`; 0 when all runs, else NOT_ALL_RUNS."""
    state = state_of(home)
    if svg and state:
        draw_svg(state, svg)
    if as_json:
        console.file.write(
            msgspec.json.format(msgspec.json.encode(report(state, home)), indent=2).decode() + "\n"
        )
    elif state is None or (state.phase == "stopped" and not _left(state)):
        console.print(f"Nothing runs under {home}: start it with `farmstream up`.", highlight=False)
    else:
        state.at = utc_now() if state.phase == "stopped" else state.at
        console.print(Screen(state, height=_LINES))
    return 0 if all_run(state) else NOT_ALL_RUNS


def _left(state: State) -> bool:
    return any(part.state == "left over" for part in state.components.values())


def _component(part: ComponentState) -> dict[str, Any]:
    names = ("state", "pid", "rss_mib", "restarts", "port", "note")
    return {name: getattr(part, name) for name in names}
