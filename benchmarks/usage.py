"""Memory and CPU of the pipeline's processes, by component."""

from collections.abc import Mapping
from pathlib import Path

import psutil
from msgspec import Struct

from compose.local.processes import ProcessId, family, memory_mib, this_process
from compose.local.state import read_state

__all__ = ["Cpu", "Members", "cpu_of", "memory_kind", "memory_of", "members_of", "spark_members", "used"]

Members = dict[str, tuple[ProcessId, ...]]

_WORKERS = "streaming: Python"


class Cpu(Struct, frozen=True):
    """CPU seconds at one moment: of each process, and of the whole machine."""

    processes: Mapping[ProcessId, float]
    machine: float


def members_of(state: Path, load: int | None) -> Members:
    """The processes of each component, of the supervisor, and of the load's simulator (its pid).

    Spark's application is three: its JVM, the driver in Python, and the Python workers under the JVM.
    """
    told = read_state(state)
    found: Members = {}
    for name, part in told.components.items() if told else ():
        if part.pid:
            found |= spark_members(part.pid) if name == "streaming" else {name: family(part.pid)}
    if told:
        found["supervisor"] = (told.supervisor,)
    if load:
        found["load"] = family(load)
    return found


def spark_members(pid: int) -> Members:
    """Of a Spark application whose Python driver is `pid`."""
    driver, *rest = family(pid)
    java = tuple(who for who in rest if _is_java(who))
    return {
        "streaming: JVM": java,
        "streaming: driver": (driver,),
        _WORKERS: tuple(who for who in rest if who not in java),
    }


def _is_java(who: ProcessId) -> bool:
    try:
        return psutil.Process(who.pid).name() == "java"
    except psutil.Error:
        return False


def memory_of(members: Members) -> dict[str, float]:
    """MiB of each component: PSS where the system tells it, else resident (`memory_kind`)."""
    return {name: round(memory_mib(processes), 1) for name, processes in members.items()}


def memory_kind() -> str:
    """`pss` where this system tells the proportional share, else `rss`, which counts shared pages twice."""
    return "pss" if getattr(psutil.Process().memory_full_info(), "pss", 0) else "rss"


def cpu_of(members: Members) -> Cpu:
    """CPU seconds so far of every process among `members`, of this one, and of the machine."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    everyone = {who for processes in members.values() for who in processes} | {this_process()}
    return Cpu({who: _seconds(who) for who in everyone}, sum(times[:8]) - idle)


def used(members: Members, before: Cpu, after: Cpu, seconds: float) -> dict[str, float]:
    """Cores that each component kept busy between two moments; `(benchmark)`, and `(others)` beside us."""
    cores = {
        name: sum(after.processes.get(who, 0.0) - before.processes.get(who, 0.0) for who in processes)
        for name, processes in members.items()
    }
    cores["(benchmark)"] = after.processes[this_process()] - before.processes[this_process()]
    cores["(others)"] = max(0.0, after.machine - before.machine - sum(cores.values()))
    return {name: round(spent / seconds, 3) for name, spent in cores.items()}


def _seconds(who: ProcessId) -> float:
    try:
        times = psutil.Process(who.pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)
