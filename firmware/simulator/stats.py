"""What a run has done so far: for the live screen (one file, replaced once a second) and for its end."""

from pathlib import Path

import msgspec
from msgspec import Struct

from firmware.simulator.delivery import COUNTS, Delivery
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
        cls, delivery: Delivery, problems: list[str], seconds: float, until_ms: int, wall_ms: int
    ) -> "Summary":
        """What `delivery` has counted, added up over all wires."""
        total = {name: sum(via[name] for via in delivery.counts.values()) for name in COUNTS}
        return cls(
            **total,
            in_flight=delivery.in_flight,
            kept=delivery.open,
            by_via={via: dict(each) for via, each in delivery.counts.items()},
            seconds=round(seconds, 3),
            until=iso(from_epoch_ms(until_ms)),
            at=iso(from_epoch_ms(wall_ms)),
            problems=problems,
        )


def write_stats(path: Path, summary: Summary) -> None:
    """Replace the file in one step; a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(path.suffix + ".new")
    fresh.write_bytes(msgspec.json.encode(summary))
    fresh.replace(path)
