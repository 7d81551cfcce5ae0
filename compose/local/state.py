"""What the supervisor tells the world, in HOME/state.json: written whole, replaced atomically."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from compose.local.processes import ProcessId

__all__ = ["AlertLine", "ComponentState", "State", "read_state", "write_state"]


class ComponentState(Struct, kw_only=True):
    """One component: `state` is waiting, starting, running, restarting, failing, stopping or stopped.

    `rss_mib` is its memory in MiB, its children's included: the proportional share (PSS) where the
    system tells it, the resident set elsewhere. `note` says what it waits for or why it last died;
    `pause_s` is the back-off before it is started again.
    """

    state: str = "waiting"
    pid: int | None = None
    rss_mib: float = 0.0
    restarts: int = 0
    port: int | None = None
    since: datetime | None = None
    note: str = ""
    pause_s: float = 0.0
    processes: tuple[ProcessId, ...] = ()


class AlertLine(Struct, frozen=True, kw_only=True):
    """One alert, as far as a screen shows it; `local` is `opened` as people in that field write it."""

    opened: datetime
    rule: str
    state: str
    about: str
    local: str = ""
    value: float | None = None
    threshold: float | None = None


class State(Struct, kw_only=True):
    """The whole pipeline: `phase` is starting, running, stopping or stopped; rates are per second."""

    phase: str = "starting"
    at: datetime
    started: datetime
    supervisor: ProcessId
    options: dict[str, str] = field(default_factory=dict)
    components: dict[str, ComponentState] = field(default_factory=dict)
    endpoints: dict[str, str | None] = field(default_factory=dict)
    keyspace: str = "farm"
    credentials: str = ""
    rates: dict[str, float] = field(default_factory=dict)
    totals: dict[str, float] = field(default_factory=dict)
    alerts: tuple[AlertLine, ...] = ()
    error: str = ""


def write_state(path: Path, state: State) -> None:
    """Replace the file at `path` in one step, so that a reader never sees half of it."""
    draft = path.with_suffix(".new")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(state), indent=1))
    draft.replace(path)


def read_state(path: Path) -> State | None:
    """The state at `path`; None where there is none, or none that this version can read."""
    try:
        raw: Any = path.read_bytes()
        return msgspec.json.decode(raw, type=State)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
