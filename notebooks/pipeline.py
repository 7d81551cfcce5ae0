"""The pipeline that the dashboards show: its addresses and counts, as its supervisor tells them."""

import os
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from storage import connect
from storage.farm import Farm
from telemetry.clock import utc_now
from telemetry.errors import FarmstreamError

__all__ = ["UNWATCHED", "Pipeline", "Status"]


class Component(Struct, frozen=True):
    """One component, as far as a dashboard shows it."""

    state: str
    restarts: int = 0


class Status(Struct, frozen=True):
    """HOME/state.json, as far as a dashboard shows it; rates are per second."""

    phase: str
    at: datetime
    components: dict[str, Component] = {}
    endpoints: dict[str, str | None] = {}
    keyspace: str = "farm"
    rates: dict[str, float] = {}
    totals: dict[str, float] = {}


UNWATCHED = "connected"
"""The phase of a pipeline whose servers are known, and which no supervisor watches: in containers."""


class Pipeline:
    """The pipeline under `home`, which is FARMSTREAM_HOME or `.farmstream` where it is not given.

    Where FARMSTREAM_KAFKA is set, it is that one's, and its Cassandra is FARMSTREAM_CASSANDRA.
    """

    def __init__(self, home: Path | str | None = None) -> None:
        self.home = Path(home or os.environ.get("FARMSTREAM_HOME") or ".farmstream").expanduser().absolute()

    def status(self) -> Status:
        """What the supervisor told last; FarmstreamError where nothing runs."""
        if kafka := os.environ.get("FARMSTREAM_KAFKA"):
            keyspace = os.environ.get("FARMSTREAM_KEYSPACE", "farm")
            return Status(phase=UNWATCHED, at=utc_now(), endpoints={"kafka": kafka}, keyspace=keyspace)
        try:
            found = msgspec.json.decode((self.home / "state.json").read_bytes(), type=Status)
        except (OSError, msgspec.DecodeError) as why:
            raise FarmstreamError(
                f"No pipeline is known under {self.home}: start it with `farmstream up`."
            ) from why
        if found.phase == "stopped":
            raise FarmstreamError(
                f"The pipeline under {self.home} is stopped: start it with `farmstream up`."
            )
        return found

    def farm(self) -> Farm:
        """What it stores."""
        return connect(home=self.home, keyspace=self.status().keyspace)
