"""What the alert book knew after each of its last batches: one file each, beside Spark's own checkpoint.

A batch that is cut off is run again by Spark with the same records; it finds the state from before it.
"""

from pathlib import Path

import msgspec

from streaming.spells import State
from telemetry.durable import replace_file

__all__ = ["load", "save"]

_KEPT = 3


def load(folder: Path, epoch: int) -> State | None:
    """The state before batch `epoch`; None where there is none: a new checkpoint."""
    older = [number for number in _epochs(folder) if number < epoch]
    if not older:
        return None
    return msgspec.json.decode((folder / f"{max(older)}.json").read_bytes(), type=State)


def save(folder: Path, epoch: int, state: State) -> None:
    """Keep the state after batch `epoch`, on disk: Spark is told next that the batch is done.

    Older ones than the last few are removed.
    """
    replace_file(folder / f"{epoch}.json", msgspec.json.encode(state))
    for number in sorted(_epochs(folder))[:-_KEPT]:
        (folder / f"{number}.json").unlink(missing_ok=True)


def _epochs(folder: Path) -> list[int]:
    return [int(path.stem) for path in folder.glob("*.json")] if folder.is_dir() else []
