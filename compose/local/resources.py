"""Whether this machine has room for the pipeline."""

import shutil
from pathlib import Path

import psutil

from telemetry.errors import FarmstreamError

__all__ = ["MEMORY_GIB", "DISK_GIB", "check_room"]

MEMORY_GIB = 3.0
"""What all components take with some boards (2.4 GiB measured), and room to work."""

DISK_GIB = 2.0
"""For weeks of a few boards' readings, and the logs."""


def check_room(home: Path, memory: float | None = None, disk: float | None = None) -> None:
    """FarmstreamError unless `memory` and `disk` (bytes free, this machine's unless given) suffice."""
    free = psutil.virtual_memory().available if memory is None else memory
    if free < MEMORY_GIB * 2**30:
        raise FarmstreamError(
            f"The pipeline needs {MEMORY_GIB} GiB of memory and {free / 2**30:.1f} GiB are free: "
            f"end other programs first."
        )
    room = shutil.disk_usage(home).free if disk is None else disk
    if room < DISK_GIB * 2**30:
        raise FarmstreamError(
            f"The pipeline needs {DISK_GIB:.0f} GiB of disk and {room / 2**30:.1f} GiB are free "
            f"under {home}: make room, or put it elsewhere with --home."
        )
