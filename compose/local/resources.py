"""Whether this machine has room for the pipeline."""

import shutil
from pathlib import Path

import psutil

from telemetry.errors import FarmstreamError

__all__ = ["MEMORY_GIB", "DASHBOARDS_GIB", "DISK_GIB", "check_room"]

MEMORY_GIB = 3.5
"""What all components take at full load (3.4 GiB at 810 readings/s, docs/benchmarks.md)."""

DASHBOARDS_GIB = 0.5
"""What JupyterLab and the pages take beside that (docs/dashboards.md)."""

DISK_GIB = 2.0
"""For weeks of a few boards' readings, and the logs."""


def check_room(
    home: Path, memory: float | None = None, disk: float | None = None, dashboards: bool = False
) -> None:
    """FarmstreamError unless `memory` and `disk` (bytes free, this machine's unless given) suffice."""
    needed = MEMORY_GIB + (DASHBOARDS_GIB if dashboards else 0)
    free = psutil.virtual_memory().available if memory is None else memory
    if free < needed * 2**30:
        less = f" or leave out {DASHBOARDS_GIB} GiB with --no-dashboards" if dashboards else ""
        raise FarmstreamError(
            f"The pipeline needs {needed} GiB of memory and {free / 2**30:.1f} GiB are free: "
            f"end other programs first{less}."
        )
    room = shutil.disk_usage(home).free if disk is None else disk
    if room < DISK_GIB * 2**30:
        raise FarmstreamError(
            f"The pipeline needs {DISK_GIB:.0f} GiB of disk and {room / 2**30:.1f} GiB are free "
            f"under {home}: make room, or put it elsewhere with --home."
        )
