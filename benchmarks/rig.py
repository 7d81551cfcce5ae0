"""The pipeline under test: `farmstream up` in a home of its own, and what it tells while it runs."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from rich.console import Console

from benchmarks.load import fleet
from compose.local.access import tables_of
from compose.local.broker import find_mosquitto
from compose.local.detach import run_detached
from compose.local.home import Home
from compose.local.lifecycle import take_down
from compose.local.master_data import add_missing
from compose.local.options import Options
from compose.local.state import read_state
from compose.local.stats import Sources, counters
from firmware.simulator.fleet import Fleet
from storage.session import connect
from storage.settings import Cassandra
from telemetry.clock import utc_now
from telemetry.errors import FarmstreamError

__all__ = ["BOARDS", "Rig", "broker_name", "started"]

BOARDS = 12
"""The boards that `up` itself runs, each at its usual 10 s: the first reading that is timed is theirs."""

_PATIENCE = 120.0


@dataclass(frozen=True)
class Rig:
    """A pipeline that runs; `begun` is when its `up` was asked for, `took` how long that was (seconds)."""

    home: Home
    begun: datetime
    took: float

    @property
    def state(self) -> Path:
        """What its supervisor tells."""
        return self.home.state

    @property
    def cassandra(self) -> Cassandra:
        """Its tables."""
        return tables_of(self.home.path, None, "farm")

    @property
    def kafka(self) -> str:
        """Its brokers."""
        state = read_state(self.state)
        return str(state.endpoints["kafka"]) if state else ""

    def counters(self) -> dict[str, float]:
        """Readings so far at each hop from the gateway on (compose.local.stats.HOPS)."""
        return counters(self._sources().read())

    def queries(self) -> dict[str, dict[str, float]]:
        """The newest batch of each query."""
        told = Sources(streaming=self.home.run / "streaming.json").read()
        return dict(told.get("streaming", {}).get("queries", {}))

    def add_boards(self, boards: int) -> None:
        """Put the boards of the load into the master."""
        add_missing(self.cassandra, fleet(boards), utc_now())

    def first_reading(self) -> float:
        """Seconds from asking for `up` to the write of the first reading; waits for it."""
        deadline = time.monotonic() + _PATIENCE
        sensors = [sensor.sensor_id for sensor in Fleet(boards=BOARDS).sensors()]
        with connect(self.cassandra) as session:
            query = session.prepare(
                f"SELECT received, WRITETIME(gateway) FROM {self.cassandra.table('reading')} "  # noqa: S608
                "WHERE sensor_id = ? AND day = ?"
            )
            while time.monotonic() < deadline:
                days = {(utc_now() - timedelta(days=back)).date() for back in range(2)}
                rows = [row for s in sensors for day in days for row in session.execute(query, (s, day))]
                written = [w for received, w in rows if received.replace(tzinfo=UTC) >= self.begun]
                if written:
                    return float(min(written)) / 1e6 - self.begun.timestamp()
                time.sleep(0.5)
        raise FarmstreamError(f"No reading came into Cassandra within {_PATIENCE:.0f} s of the start.")

    def _sources(self) -> Sources:
        ports = msgspec.json.decode(self.home.ports.read_bytes(), type=dict[str, int])
        return Sources(
            gateway=f"127.0.0.1:{ports['gateway']}",
            collector=f"127.0.0.1:{ports['collector']}",
            streaming=self.home.run / "streaming.json",
        )


@contextmanager
def started(home: Home) -> Iterator[Rig]:
    """`farmstream up --no-dashboards`, running inside the block, taken down after it."""
    options = Options(home=home, boards=str(BOARDS), dashboards=False)
    begun, clock = utc_now(), time.monotonic()
    try:
        run_detached(options, Console(quiet=True))
        yield Rig(home, begun, time.monotonic() - clock)
    finally:
        take_down(home.path, lambda text: None)


def broker_name() -> str:
    """Which broker `up` takes here."""
    return "mosquitto" if find_mosquitto() and os.environ.get("FARMSTREAM_BROKER") != "amqtt" else "amqtt"
