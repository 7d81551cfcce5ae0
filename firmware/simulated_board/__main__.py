"""Simulated Arduinos as one process, in real time, until SIGTERM.

    python -m firmware.simulated_board --count 2 --serial DIR --state DIR [--stimuli FILE] [--interval 5s]

A component of the pipeline: `serial/avr-1`, `serial/avr-2`, … are links to the boards' ports, each there
once its board runs, none before; `state` keeps EEPROMs and logs, so that a restart is a power cycle. The
boards are an Uno and a Mega in turn. Their sensors give the weather of `weather.py`, or what the JSON file
`--stimuli` says (see `stimuli.py`). Exit code 1, and one sentence, where the boards cannot run.
"""

import argparse
import signal
import sys
import time
from pathlib import Path
from threading import Event

from firmware.arduino.build import BOARDS
from firmware.simulated_board.boards import start_boards
from telemetry.clock import duration
from telemetry.errors import FarmstreamError

_TICK_S = 2.0


def main(arguments: list[str] | None = None) -> int:
    """Run the boards in the foreground; 1 with one sentence where they cannot run."""
    wanted = _parser().parse_args(arguments)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        _run(wanted, stop)
    except FarmstreamError as why:
        print(why, file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _run(wanted: argparse.Namespace, stop: Event) -> None:
    interval_ms = round(1000 * duration(wanted.interval))
    with start_boards(
        wanted.count,
        wanted.serial,
        wanted.state,
        kinds=tuple(wanted.kinds),
        interval_ms=interval_ms,
        stimuli=wanted.stimuli,
    ) as boards:
        print(f"{wanted.count} boards on {wanted.serial}", flush=True)  # noqa: T201 - a process's log
        while not stop.wait(_TICK_S):
            boards.tick(time.time())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m firmware.simulated_board", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--count", type=int, default=2, help="how many boards (default: 2)")
    parser.add_argument("--serial", type=Path, required=True, help="folder for the links avr-1, avr-2, …")
    parser.add_argument("--state", type=Path, required=True, help="folder for EEPROMs and logs")
    parser.add_argument("--kinds", nargs="+", choices=[*BOARDS], default=[*BOARDS], help="boards in turn")
    parser.add_argument("--interval", default="30s", help="between two readings (default: 30s)")
    parser.add_argument("--stimuli", type=Path, help="JSON file with what the sensors give")
    return parser


if __name__ == "__main__":
    sys.exit(main())
