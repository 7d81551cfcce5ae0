"""What is done once, when Kafka and Cassandra are up: topics, tables, and simulated boards in the master.

python -m compose.docker.setup --kafka kafka:9094 --cassandra cassandra:9042 [--boards 12]

Doing it again changes nothing.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from compose.local.access import tables_of
from compose.local.master_data import add_missing
from compose.local.topics import make_topics
from firmware.simulator.fleet import Fleet
from storage.migrate import migrate
from telemetry.clock import utc_now
from telemetry.errors import FarmstreamError

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """0 when all of it is there; 1 after one sentence, and the container is started again."""
    asked = _parser().parse_args(arguments)
    try:
        make_topics(asked.kafka)
        tables = tables_of(Path(), asked.cassandra, asked.keyspace)
        migrate(tables)
        if asked.boards:
            add_missing(tables, Fleet(boards=asked.boards), utc_now())
    except FarmstreamError as why:
        sys.stderr.write(f"{why}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m compose.docker.setup")
    parser.add_argument("--kafka", required=True, metavar="HOST:PORT")
    parser.add_argument("--cassandra", required=True, metavar="HOST:PORT")
    parser.add_argument("--keyspace", default="farm")
    parser.add_argument("--boards", type=int, default=0, help="simulated boards to put into the master")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
