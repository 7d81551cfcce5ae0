"""A component of the pipeline as the supervisor sees it: how to start it, and when it is ready."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Command", "Component"]


@dataclass(frozen=True)
class Command:
    """What to run: the words, and the variables to add to the environment."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None


def _nothing() -> None:
    """Most components need no work once they are ready."""


@dataclass(frozen=True, kw_only=True)
class Component:
    """One child process.

    `prepare` writes what it needs on disk and names its command; `ready` is asked until it says yes;
    `settle` is done once then, before those that need it start. All three may raise FarmstreamError,
    which counts as a death. `stop_grace` (seconds) is how long it may take to end by itself.
    """

    name: str
    log: Path
    prepare: Callable[[], Command]
    ready: Callable[[], bool]
    settle: Callable[[], None] = _nothing
    needs: tuple[str, ...] = ()
    port: int | None = None
    start_timeout: float = 180.0
    stop_grace: float = 60.0
