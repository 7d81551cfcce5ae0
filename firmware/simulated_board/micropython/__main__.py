"""MicroPython boards as one process, until SIGTERM.

    python -m firmware.simulated_board.micropython --count 2 --mqtt 127.0.0.1:1883 --user board \\
        --password-file FILE --state DIR [--stimuli FILE] [--interval 5s]

A component of the pipeline: `state/micropython-1`, … are the flashes of the boards, which outlive a
restart. Their sensors give the weather of `weather.py`, or what the JSON file `--stimuli` says (see
`stimuli.py`). Exit code 1, and one sentence, where the boards cannot run.
"""

import argparse
import signal
import sys
import time
from pathlib import Path
from threading import Event

from firmware.simulated_board.micropython.board import interpreter
from firmware.simulated_board.micropython.boards import Broker, start_boards
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
        interpreter()
        _run(wanted, stop)
    except FarmstreamError as why:
        print(why, file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _run(wanted: argparse.Namespace, stop: Event) -> None:
    host, _, port = wanted.mqtt.rpartition(":")
    broker = Broker(host, int(port), wanted.user, wanted.password_file.read_text().strip())
    interval_s = max(1, round(duration(wanted.interval)))
    with start_boards(
        wanted.count, wanted.state, broker, interval_s=interval_s, stimuli=wanted.stimuli
    ) as boards:
        print(f"{wanted.count} boards on {wanted.mqtt}", flush=True)  # noqa: T201 - a process's log
        while not stop.wait(_TICK_S):
            boards.tick(time.time())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m firmware.simulated_board.micropython")
    parser.description, parser.formatter_class = __doc__, argparse.RawDescriptionHelpFormatter
    parser.add_argument("--count", type=int, default=2, help="how many boards (default: 2)")
    parser.add_argument("--mqtt", required=True, metavar="HOST:PORT", help="the broker")
    parser.add_argument("--user", required=True, help="the boards' user on it")
    parser.add_argument("--password-file", type=Path, required=True, help="a file with its password")
    parser.add_argument("--state", type=Path, required=True, help="folder for the boards' flashes")
    parser.add_argument("--interval", default="30s", help="between two readings (default: 30s)")
    parser.add_argument("--stimuli", type=Path, help="JSON file with what the sensors give")
    return parser


if __name__ == "__main__":
    sys.exit(main())
