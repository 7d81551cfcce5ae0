"""What a person asks of `up`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from compose.local.boards import parse_boards
from compose.local.home import Home
from firmware.simulator.faults import parse_faults
from telemetry.clock import duration

__all__ = ["Options"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """`boards` as `parse_boards` reads it; `interval` between two readings of a simulated board.

    `faults` as `farmstream simulate --faults` reads them; `simulate` are more of its options.
    SettingsError when one is wrong.
    """

    home: Home
    boards: str = "12"
    interval: str = "10s"
    faults: str = ""
    dashboards: bool = True
    simulate: tuple[str, ...] = ()
    wanted: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "wanted", parse_boards(self.boards))
        duration(self.interval)
        parse_faults(self.faults)

    def words(self) -> list[str]:
        """The same on a command line."""
        words = ["--home", str(self.home.path), "--boards", self.boards, "--interval", self.interval]
        words += ["--faults", self.faults] if self.faults else []
        return [*words, *([] if self.dashboards else ["--no-dashboards"])]

    @property
    def path(self) -> Path:
        """The home folder."""
        return self.home.path
