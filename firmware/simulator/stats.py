"""What a run has done so far: for the live screen (one file, replaced once a second) and for its end."""

from pathlib import Path

import msgspec
from msgspec import Struct

from telemetry.clock import from_epoch_ms, iso

__all__ = ["Summary", "write_stats"]


class Summary(Struct, frozen=True, kw_only=True):
    """Readings, except `resent` and `duplicates`: frames. `kept` is what is not acknowledged, `by_via` the
    same counts per wire; `until` the simulated time; `problems` what keeps a connection from working."""

    measured: int
    sent: int
    acked: int
    resent: int
    duplicates: int
    malformed: int
    in_flight: int
    kept: int
    by_via: dict[str, dict[str, int]]
    seconds: float
    until: str
    at: str
    problems: list[str] = []

    @classmethod
    def of(
        cls, counts: dict[str, dict[str, int]], in_flight: int, kept: int,
        seconds: float, until_ms: int, wall_ms: int, problems: list[str],
    ) -> "Summary":  # fmt: skip
        """Add up the counts of all wires."""
        names = next(iter(counts.values()), {})
        total = {name: sum(via[name] for via in counts.values()) for name in names}
        return cls(
            **total, in_flight=in_flight, kept=kept, seconds=round(seconds, 3), problems=problems,
            by_via={via: dict(each) for via, each in counts.items()},
            until=iso(from_epoch_ms(until_ms)), at=iso(from_epoch_ms(wall_ms)),
        )  # fmt: skip


def write_stats(path: Path, summary: Summary) -> None:
    """Replace the file in one step; a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(path.suffix + ".new")
    fresh.write_bytes(msgspec.json.encode(summary))
    fresh.replace(path)
