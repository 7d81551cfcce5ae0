"""A checkpoint whose state was made for something else is put aside, and its query starts anew.

Spark keeps a query's state, and the number of its partitions, as its first batch made them: it goes on with
old windows after a setting has changed, or fails on state of another shape. A query that starts anew reads
all that Kafka still holds and writes the same rows under the same keys; so nothing is lost by it, but time.

To change a query's state in the code: docs/streaming.md, "Changing a query's state".
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from streaming.settings import Settings
from telemetry.clock import utc_now

__all__ = ["STATES", "State", "fit"]

_NOTE = "made-for.json"


class State(NamedTuple):
    """What a query's state depends on: a version of its shape, and settings by name."""

    version: int
    settings: tuple[str, ...]


STATES: Mapping[str, State] = {
    "windows": State(1, ("window", "slide", "watermark", "partitions")),
    "silence": State(1, ("silence_delay", "silence_buckets", "partitions")),
    "downsample": State(1, ("watermark", "partitions")),
    "quality": State(2, ("partitions",)),
    "hourly": State(1, ("watermark", "partitions")),
    "alert-book": State(1, ()),
}
"""Of the queries that keep state."""


def fit(settings: Settings, states: Mapping[str, State] = STATES) -> Iterator[str]:
    """Put checkpoints aside that do not fit, as NAME.TIME beside them; a sentence about each.

    A checkpoint without a note is one of a version before this one, which fits version 1.
    """
    for name, state in states.items():
        checkpoint = Path(settings.checkpoints) / name
        wanted = _wanted(settings, state)
        made_for = _made_for(checkpoint) or wanted | {"version": 1}
        if checkpoint.exists() and made_for != wanted:
            aside = checkpoint.with_name(f"{name}.{utc_now():%Y%m%dT%H%M%S}")
            checkpoint.rename(aside)
            yield _sentence(name, made_for, wanted, aside)
        checkpoint.mkdir(parents=True, exist_ok=True)
        (checkpoint / _NOTE).write_text(json.dumps(wanted))


def _wanted(settings: Settings, state: State) -> dict[str, Any]:
    return {"version": state.version} | {name: getattr(settings, name) for name in state.settings}


def _made_for(checkpoint: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads((checkpoint / _NOTE).read_text())
    except (OSError, ValueError):
        return None
    return found


def _sentence(name: str, made_for: Mapping[str, Any], wanted: Mapping[str, Any], aside: Path) -> str:
    changed = [
        f"{key} {made_for.get(key)} → {value}" for key, value in wanted.items() if made_for.get(key) != value
    ]
    return (
        f"Query {name} starts anew from what Kafka holds: its state was made for something else "
        f"({', '.join(changed)}). It is kept in {aside}, which can be deleted."
    )
