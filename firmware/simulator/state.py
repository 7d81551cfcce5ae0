"""What a board keeps without power, for all boards in one file: boot counters, and unacknowledged frames.

The counters are on disk before the first reading of a boot goes out, so that no two boots share a
number even after a power cut; the frames only where the run ended in order.
"""

from pathlib import Path

import msgspec
from msgspec import Struct

from firmware.simulator.errors import SimulatorError
from telemetry.durable import replace_file
from telemetry.reading import Reading

__all__ = ["Kept", "Saved", "load_state", "save_state"]


class Kept(Struct, frozen=True, kw_only=True):
    """One unacknowledged frame: a reading, or the bytes of a broken one; `listed` once it was sent."""

    id: str
    measured: int
    listed: bool
    labels: tuple[str, ...] = ()
    reading: Reading | None = None
    raw: bytes | None = None


class Saved(Struct, kw_only=True):
    """Boot counters by board, and what is kept."""

    boots: dict[str, int] = {}
    kept: list[Kept] = []


def load_state(path: Path | None) -> Saved:
    """What the last run left; nothing where there was none."""
    if path is None or not path.exists():
        return Saved()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Saved)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as why:
        raise SimulatorError(f"The boards' state in {path} cannot be read ({why}): move it away.") from why


def save_state(path: Path | None, saved: Saved) -> None:
    """Replace the file, durably."""
    if path is None:
        return
    replace_file(path, msgspec.json.encode(saved))
