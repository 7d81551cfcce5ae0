"""Processes named so that a reused pid is never taken for one of ours: pid and time of creation."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

import psutil
from msgspec import Struct

__all__ = ["ProcessId", "alive", "family", "identify", "memory_mib", "stop_family", "this_process"]

_CLOCK_SLACK = 2.0
"""Seconds: the time of creation is counted from boot, and the boot time moves with the clock."""


class ProcessId(Struct, frozen=True):
    """A process: its `pid`, and when it was `created` (epoch seconds)."""

    pid: int
    created: float


def identify(pid: int) -> ProcessId | None:
    """Name the running process `pid`; None where there is none."""
    try:
        return ProcessId(pid, psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def this_process() -> ProcessId:
    """Name the process that asks."""
    me = psutil.Process()
    return ProcessId(me.pid, me.create_time())


def alive(who: ProcessId) -> bool:
    """Whether that very process runs still (a zombie does not)."""
    return _find(who) is not None


def family(pid: int) -> tuple[ProcessId, ...]:
    """The process and all below it, itself first; empty where it is gone."""
    try:
        top = psutil.Process(pid)
        members = [top, *top.children(recursive=True)]
    except psutil.Error:
        return ()
    return tuple(who for member in members if (who := identify(member.pid)))


def memory_mib(members: Iterable[ProcessId]) -> float:
    """Memory of `members` together, MiB: PSS where the system tells it, else resident."""
    return sum(_bytes(process) for who in members if (process := _find(who))) / 2**20


def stop_family(members: Sequence[ProcessId], grace: float) -> None:
    """Ask the first to end, wait up to `grace` seconds, then kill what is left of them all.

    The first is the parent: it ends its children itself, in its own order, if it is given the time.
    """
    found = [_find(who) for who in members]
    if found and (leader := found[0]):
        with suppress(psutil.NoSuchProcess):
            leader.terminate()
        psutil.wait_procs([leader], timeout=grace)
    left = [process for who in members if (process := _find(who))]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=10)


def _find(who: ProcessId) -> psutil.Process | None:
    try:
        process = psutil.Process(who.pid)
        same = abs(process.create_time() - who.created) < _CLOCK_SLACK
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None


def _bytes(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
        return int(getattr(full, "pss", 0) or full.rss)
    except psutil.Error:
        return 0
