"""Where a benchmark runs."""

import os
import platform

import psutil
from msgspec import Struct

__all__ = ["Machine", "this_machine"]


class Machine(Struct, frozen=True, kw_only=True):
    """Where it ran."""

    cores: int
    memory_mib: int
    system: str
    python: str


def this_machine() -> Machine:
    """This one."""
    return Machine(
        cores=os.cpu_count() or 0,
        memory_mib=psutil.virtual_memory().total >> 20,
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
    )
