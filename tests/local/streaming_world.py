"""The application with a farm in its master, a network that can be cut, and hours of event time to use up."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from storage.migrate import migrate
from telemetry.clock import utc_now
from tests.local.storage_tables import own_keyspace
from tests.local.streaming_application import Application, Row, until
from tests.local.streaming_cut import Cuttable
from tests.local.streaming_farm import plant
from tests.servers import Jars, Server

__all__ = ["MINUTE", "World", "world_in"]

MINUTE = timedelta(minutes=1)
_QUICK = dict.fromkeys(("join", "readings", "windows", "alert-book", "rejected", "downsample"), "500ms")
_QUICK |= {"quality": "500ms", "hourly": "1s"}
"""A look for news costs as much where there is none, and eight queries look."""


class World:
    """`app` talks to Cassandra through `network`, the tests do not."""

    def __init__(self, app: Application, network: Cuttable, java_home: Path) -> None:
        self.app, self.network, self.java_home = app, network, java_home
        self._hour = utc_now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=20)

    def running(self) -> None:
        """Start the application unless it runs."""
        if self.app.process is None or self.app.process.poll() is not None:
            self.app.start(self.java_home)

    def hour(self) -> datetime:
        """The start of the next hour of event time, once all of the one before is in the tables."""
        until(self.app.settled)
        self._hour += timedelta(hours=1)
        return self._hour

    def stored(self, sensor: str, at: datetime) -> list[Row]:
        """The sensor's readings of that day, oldest first; not those of which only the flags are there."""
        where = f"WHERE sensor_id = '{sensor}' AND day = '{at.date()}'"
        rows = [row for row in self.app.rows("reading", where) if row["late"] is not None]
        return sorted(rows, key=lambda row: row["date"])

    def windows(self, since: datetime) -> dict[tuple[str, datetime], Row]:
        """(field, start without a zone) → the windows that hold anything of `since` and later."""
        begun = (since - 4 * MINUTE).replace(tzinfo=None)
        rows = [row for row in self.app.rows("field_window") if row["window_start"] >= begun]
        return {(row["field_id"], row["window_start"]): row for row in rows}

    def alerts(self, field: str) -> list[Row]:
        """The field's alerts, in the order in which they were opened."""
        rows = [row for row in self.app.rows("alert") if row["field_id"] == field]
        return sorted(rows, key=lambda row: row["opened"])


@contextmanager
def world_in(
    folder: Path, kafka: Server, cassandra: Server, jars: Jars, java_home: Path, **more: Any
) -> Iterator[World]:  # fmt: skip
    """A world whose application is not started yet; `more` settings of it."""
    with own_keyspace(cassandra) as tables, Cuttable(cassandra.host, cassandra.port) as network:
        migrate(tables)
        plant(tables)
        app = Application(
            folder, kafka, tables,
            cassandra={"host": "127.0.0.1", "port": network.port, "keyspace": tables.keyspace},
            jars=[str(jar) for jar in jars["spark"].files], triggers=_QUICK, min_count=2,
            master_refresh="1s", legacy_time_zone="Asia/Tokyo", driver_memory="600m", **more,
        )  # fmt: skip
        try:
            yield World(app, network, java_home)
        finally:
            app.close()
