"""Part `soak`: memory of the application with its usual queries, while readings come at a steady rate.

It is flat when the line of least squares through what was used after the first third, in which heaps and
caches fill, grows by no more than GROWTH of the memory in the time that was measured.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from time import monotonic, sleep

from msgspec import Struct
from rich.console import Console

from benchmarks.figures import slope
from benchmarks.streaming.application import application
from benchmarks.streaming.farm import plant
from benchmarks.streaming.part import Options, Part
from benchmarks.streaming.servers import Servers
from benchmarks.usage import memory_of
from streaming.settings import QUERIES

__all__ = ["GROWTH", "Sample", "growth", "run"]

RATE = 500.0
"""Readings/s: well below what the application can do."""

GROWTH = 0.05

_EVERY = 5.0


class Sample(Struct, frozen=True):
    """At one moment (seconds since the begin): MiB by component."""

    at: float
    mib: dict[str, float]

    @property
    def total(self) -> float:
        """MiB of all of them."""
        return sum(self.mib.values())


def run(servers: Servers, options: Options, console: Console) -> Part:
    """Feed for `minutes`, and look at the memory every few seconds."""
    plant(servers)
    seconds = options.minutes * 60
    console.print(f"{RATE:,.0f} readings/s for {options.minutes:g} minutes")
    words = [servers.bootstrap, str(RATE), str(seconds), "1"]
    with application(servers, "soak", QUERIES) as pid:
        argv = [sys.executable, "-m", "benchmarks.streaming.feed", *words]
        with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as fed:
            samples = list(_samples(servers, pid, seconds))
            fed.wait(60)
    return _part(samples)


def growth(samples: Sequence[Sample]) -> float:
    """By what share of itself memory grew over the last two thirds of the time."""
    later = [sample.total for sample in samples[len(samples) // 3 :]]
    return slope(later) * (len(later) - 1) / (sum(later) / len(later))


def _samples(servers: Servers, pid: int, seconds: float) -> Iterator[Sample]:
    began = monotonic()
    while (at := monotonic() - began) < seconds:
        yield Sample(round(at, 1), memory_of(servers.members(pid)))
        sleep(_EVERY)


def _part(samples: Sequence[Sample]) -> Part:
    last = samples[-1]
    moments = [samples[len(samples) * n // 6] for n in range(6)] + [last]
    header = ("after s", *last.mib, "together MiB")
    rows = [(f"{s.at:.0f}", *(f"{mib:,.0f}" for mib in s.mib.values()), f"{s.total:,.0f}") for s in moments]
    figures = {"soak_growth": round(growth(samples), 3), "soak_mib": round(last.total)}
    return Part(figures=figures, rows=[header, *rows], details=list(samples))
