"""The load: simulated boards at a stated rate, every other one on a serial line, the rest on the broker."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from compose.local.access import broker_words
from compose.local.home import Home
from compose.local.processes import family, stop_family
from firmware.simulator.fleet import Fleet

__all__ = ["SEED", "Load", "fleet", "running"]

SEED = 7
"""Another one than that of the boards that `up` runs: two fleets must not share ids."""

_DRAIN = 10.0


def fleet(boards: int) -> Fleet:
    """The boards of the load and their fields, as the master wants them."""
    return Fleet(seed=SEED, boards=boards)


@dataclass
class Load:
    """A simulator process; `manifest` lists what it sends, `stats` says how far it is."""

    process: psutil.Popen
    rate: float
    manifest: Path
    stats: Path
    _paused: bool = field(default=False, init=False)

    def pause(self, wanted: bool) -> None:
        """Hold the process still, or let it go on: the readings that are due meanwhile follow then."""
        if wanted != self._paused:
            self._paused = wanted
            if wanted:
                self.process.suspend()
            else:
                self.process.resume()

    def sent(self) -> int:
        """Readings sent by the last report of the simulator, at most a second old."""
        return int(json.loads(self.stats.read_bytes())["sent"]) if self.stats.exists() else 0


@contextmanager
def running(home: Path, boards: int, rate: float, name: str) -> Iterator[Load]:
    """Boards that send `rate` readings a second together; their last ones are acknowledged at the end."""
    folder = Home(home)
    manifest, stats = folder.run / f"bench-{name}.jsonl", folder.run / f"bench-{name}.json"
    words: dict[str, object] = {
        "--boards": boards,
        "--seed": SEED,
        "--interval": f"{boards / rate:.6f}s",
        "--serial": folder.serial,
        "--serial-share": 0.5,
        "--window": 2000,
        "--manifest": manifest,
        "--stats": stats,
        "--drain": f"{_DRAIN:.0f}s",
    }
    argv = [str(word) for pair in words.items() for word in pair]
    with folder.log(f"bench-{name}").open("wb") as log:
        process = psutil.Popen(
            [sys.executable, "-m", "firmware.simulator", *argv, *broker_words(home)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C in a terminal is for the benchmark, which ends it in order
        )
    load = Load(process, rate, manifest, stats)
    try:
        yield load
    finally:
        load.pause(False)
        stop_family(family(process.pid), _DRAIN + 5)
        process.wait()
