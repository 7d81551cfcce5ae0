"""`farmstream bench gateway`: CPU per message and messages/s, against the script it replaces, in one run.

A mosquitto of its own on loopback, a persistent QoS 1 session for each of the two, all messages queued before
it starts, and a far end that acknowledges. CPU is user + system of its process, less what it had used
before the first message. The two take turns, so that what else the machine does meets both.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from time import perf_counter

import psutil
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from benchmarks.far_end import FarEnd, far_end
from benchmarks.queue import broker, fill, until
from benchmarks.usage import memory_kind
from compose.local.processes import family, memory_mib

__all__ = ["GatewayReport", "Measured", "run_gateway", "show_gateway"]

ROUNDS = 2


class Measured(Struct, frozen=True, kw_only=True):
    """One of the two: means over the rounds."""

    messages_per_s: float
    us_cpu_per_message: float
    rss_mib: float


class GatewayReport(Struct, frozen=True, kw_only=True):
    """Ratios are the gateway's figure over the baseline's; `memory` as in `benchmarks.report`."""

    messages: int
    gateway: Measured
    baseline: Measured
    rate_ratio: float
    cpu_ratio: float
    memory: str


def run_gateway(messages: int, console: Console) -> GatewayReport:
    """Measure both, `ROUNDS` times each."""
    found: dict[str, list[Measured]] = {"baseline": [], "gateway": []}
    with far_end() as end, console.status("") as shown:
        for number in range(ROUNDS):
            for name, command in (("baseline", _baseline), ("gateway", _gateway)):
                shown.update(f"Round {number + 1} of {ROUNDS}: {messages:,} messages for the {name} …")
                with TemporaryDirectory(prefix="farmstream-bench-") as folder:
                    found[name].append(_measure(name, command, Path(folder), end, messages))
    gateway, baseline = _mean(found["gateway"]), _mean(found["baseline"])
    return GatewayReport(
        messages=messages,
        gateway=gateway,
        baseline=baseline,
        rate_ratio=round(gateway.messages_per_s / baseline.messages_per_s, 3),
        cpu_ratio=round(gateway.us_cpu_per_message / baseline.us_cpu_per_message, 3),
        memory=memory_kind(),
    )


def show_gateway(report: GatewayReport, console: Console) -> None:
    """Print it as a table."""
    table = Table("", title=f"{report.messages:,} QoS 1 messages")
    for name in ("messages/s", "µs CPU/message", "MiB"):
        table.add_column(name, justify="right")
    for name, it in (("gateway, durable", report.gateway), ("baseline, not durable", report.baseline)):
        table.add_row(name, f"{it.messages_per_s:,.0f}", f"{it.us_cpu_per_message:.1f}", f"{it.rss_mib:.0f}")
    table.add_row("ratio", f"{report.rate_ratio:.2f}", f"{report.cpu_ratio:.2f}", "")
    console.print(table)


Command = Callable[[Path, int, int], list[str]]
"""From a folder, the broker's port and the far end's to the words that run one of the two."""


def _gateway(folder: Path, broker_port: int, far_port: int) -> list[str]:
    config = folder / "gateway.toml"
    config.write_text(
        f'name = "gateway"\n[spool]\npath = "spool.db"\n[forward]\nport = {far_port}\n'
        f"[http]\nport = 0\n[mqtt]\nport = {broker_port}\n"
    )
    return ["compose.cli", "gateway", "--config", str(config)]


def _baseline(_: Path, broker_port: int, far_port: int) -> list[str]:
    return ["benchmarks.baseline", str(broker_port), str(far_port)]


def _measure(name: str, command: Command, folder: Path, end: FarEnd, messages: int) -> Measured:
    with broker(folder) as port, (folder / "log").open("w") as log:
        fill(port, name, messages)
        before = end.entries
        words = [sys.executable, "-m", *command(folder, port, end.port)]
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            return _watched(psutil.Process(child.pid), end, before, messages)
        finally:
            child.terminate()
            child.wait()


def _watched(process: psutil.Process, end: FarEnd, before: int, messages: int) -> Measured:
    until(lambda: end.entries > before)
    first, cpu, began = end.entries, _cpu(process), perf_counter()
    until(lambda: end.entries >= before + messages)
    seconds, used = perf_counter() - began, _cpu(process) - cpu
    counted = before + messages - first
    return Measured(
        messages_per_s=counted / seconds,
        us_cpu_per_message=used / counted * 1e6,
        rss_mib=memory_mib(family(process.pid)),
    )


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _mean(rounds: list[Measured]) -> Measured:
    figures = {
        name: round(mean(getattr(measured, name) for measured in rounds), 1)
        for name in Measured.__struct_fields__
    }
    return Measured(**figures)
