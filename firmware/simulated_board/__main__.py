"""Simulated Arduinos as one process, in real time, until SIGTERM.

    python -m firmware.simulated_board --count 2 --serial DIR --state DIR [--stimuli FILE] [--interval 5s]

A component of the pipeline: `serial/avr-1`, `serial/avr-2`, … are links to the boards' ports, each there
once its board runs, none before; `state` keeps EEPROMs and logs, so that a restart is a
power cycle. The boards are called avr-1, avr-2, …, kinds uno and mega in turn. Their sensors give the
weather of `weather.py`, or what the JSON file `--stimuli` says (see `stimuli.py`).
`firmware.simulated_board.sensors(count, field_id)` are their rows for the master; `--master` prints them,
one JSON object per line, and ends. Exit code 1, and one sentence, where the boards cannot run.
"""

import argparse
import signal
import sys
import time
from pathlib import Path
from threading import Event

import msgspec

from firmware.arduino.build import BOARDS
from firmware.simulated_board.boards import sensors, start_boards
from telemetry.clock import duration
from telemetry.errors import FarmstreamError

_TICK_S = 2.0


def main(arguments: list[str] | None = None) -> int:
    """Run the boards in the foreground; 1 with one sentence where they cannot run."""
    parser = _parser()
    wanted = parser.parse_args(arguments)
    if wanted.master:
        for sensor in sensors(wanted.count, wanted.field):
            print(msgspec.json.encode(sensor).decode())  # noqa: T201 - what was asked for
        return 0
    if not (wanted.serial and wanted.state):
        parser.error("--serial and --state are needed")
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
    parser.add_argument("--serial", type=Path, help="folder for the links avr-1, avr-2, …")
    parser.add_argument("--state", type=Path, help="folder for EEPROMs and logs")
    parser.add_argument("--kinds", nargs="+", choices=[*BOARDS], default=[*BOARDS], help="boards in turn")
    parser.add_argument("--interval", default="30s", help="between two readings (default: 30s)")
    parser.add_argument("--stimuli", type=Path, help="JSON file with what the sensors give")
    parser.add_argument("--master", action="store_true", help="print the boards' rows for the master")
    parser.add_argument("--field", help="with --master: the field that the boards stand in")
    return parser


if __name__ == "__main__":
    sys.exit(main())
