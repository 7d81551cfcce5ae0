"""Scenarios of the end-to-end tests: a fleet of its own on a shared pipeline, compared with its manifest."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from operator import not_
from time import sleep

from compose.local.access import broker_words
from firmware.simulator import Fleet
from storage.master import write_fields, write_sensors
from storage.session import connect
from telemetry.master import Field, Sensor
from tests.local.pipeline import asked, until, words
from tests.local.reconcile import differences
from tests.local.reconcile_facts import Farm, Found, Row, read_manifest
from tests.local.spine_farm import field_of, read_found
from tests.local.spine_feed import Feed
from tests.local.spine_pipeline import Pipeline

__all__ = ["Run", "Scenario"]


@dataclass(frozen=True)
class Scenario:
    """A fleet and what it does: `boards` boards over `span` seconds of event time, one reading in 10 s each.

    `name` (digits) begins all of its ids. `flat` is the share of MQTT boards that send the old shape, which
    have no acknowledgement of their own.
    """

    name: str
    boards: int = 150
    span: int = 120
    speed: float = 10.0
    flat: float = 0.3
    fields: int = 4

    @cached_property
    def fleet(self) -> Fleet:
        """The boards and their fields; the last field is dry."""
        return Fleet(self.seed, self.boards, self.fields, id_prefix=self.name, time_zone="UTC")

    @property
    def seed(self) -> int:
        """Its own weather, soil and faults."""
        return int(self.name)

    @property
    def expected(self) -> int:
        """Readings that will be measured."""
        return self.boards * self.span // 10

    def words(self) -> list[str]:
        """For `farmstream simulate`."""
        named = {
            "boards": self.boards, "fields": self.fields, "seed": self.seed, "id-prefix": self.name,
            "time-zone": "UTC", "flat": self.flat, "boards-per-port": 8, "interval": "10s",
            "duration": f"{self.span}s", "accelerate": self.speed, "max-skew": "60s", "offline-for": "20s",
            "faults": "all=0.01", "resend": "2s", "drain": "120s",
        }  # fmt: skip
        return [word for name, value in named.items() for word in (f"--{name}", str(value))]


class Run:
    """A scenario under way: `farmstream simulate`, over MQTT and serial at once, with its own manifest."""

    def __init__(self, pipeline: Pipeline, scenario: Scenario) -> None:
        self.pipeline, self.scenario = pipeline, scenario
        self.feed = Feed(scenario.name, scenario.fleet.fields()[0].field_id, pipeline.bootstrap)
        self._folder = pipeline.folder / f"run-{scenario.name}"
        self._folder.mkdir()
        self._add_master()
        self._stats, self._manifest = self._folder / "stats.json", self._folder / "manifest.jsonl"
        self._process: subprocess.Popen[bytes] | None = None
        self.found = Found()

    def start(self) -> "Run":
        """Start the boards."""
        home = self.pipeline.home
        files = {"manifest": self._manifest, "state": self._folder / "boards.json", "stats": self._stats}
        named = [word for name, path in files.items() for word in (f"--{name}", str(path))]
        argv = [*broker_words(home.path), "--serial", str(home.serial), *self.scenario.words(), *named]
        with (self._folder / "simulate.log").open("wb") as log:
            self._process = subprocess.Popen(
                words(home, "simulate", *argv, "--json"), stdout=log, stderr=subprocess.STDOUT
            )
        self.pipeline.fleets.append(self._process)
        return self

    def wait_sent(self, share: float) -> None:
        """Until this share of the readings has been sent."""
        goal = share * self.scenario.expected

        def is_sent() -> bool:
            assert self._process and self._process.poll() is None, "the simulator has ended already"
            return self._sent() >= goal

        until(is_sent, what=f"{goal:.0f} readings sent")

    def interrupted(self, interrupt: Callable[[], None]) -> "Run":
        """Run the boards to their end, with the interruption in the middle."""
        self.start().wait_sent(0.3)
        interrupt()
        return self.end()

    def finish(self) -> None:
        """Let the boards end, and compare everything with the manifest."""
        self.end()
        self.reconcile()

    def end(self) -> "Run":
        """Let the boards end: all has been sent, and what wants an acknowledgement has one."""
        assert self._process
        assert self._process.wait(240) == 0, (self._folder / "simulate.log").read_text()
        summary = json.loads(self._stats.read_text())
        assert summary["kept"] == 0, summary
        assert summary["measured"] == summary["sent"] == self.scenario.expected
        assert {via for via, counts in summary["by_via"].items() if counts["malformed"]} == {"mqtt", "serial"}
        assert self.pipeline.dropped() == 0
        return self

    def reconcile(self, timeout: float = 120) -> None:
        """Wait until nothing differs from the manifest, and see that it stays so."""
        entries = [*(read_manifest(self._manifest) if self._manifest.exists() else []), *self.feed.entries]
        for left in (asked(lambda: self._differences(entries), not_, timeout, 1.0), self._later(entries)):
            assert not left, f"{len(left)} differences: " + "\n".join(left[:25])
        assert self.pipeline.dropped() == 0

    def _later(self, entries: list[Row]) -> list[str]:
        sleep(2)
        return self._differences(entries)

    @property
    def dry_field(self) -> str:
        """The field that stands below its threshold."""
        return self.scenario.fleet.fields()[-1].field_id

    def _differences(self, entries: list[Row]) -> list[str]:
        fields = {f.field_id: f.moisture_threshold for f in self.scenario.fleet.fields()}
        farm = Farm(
            thresholds=fields,
            window=timedelta(seconds=30),
            slide=timedelta(seconds=10),
            late_after=timedelta(seconds=60),
        )
        sources = {entry["source"] for entry in entries}
        name = self.scenario.name.encode()

        def mine(row: Row) -> bool:
            if "sensor_id" in row:
                return bool(row["sensor_id"].startswith(self.scenario.name))
            return bool(row["source"] in sources and (row["stage"] == "gateway" or name in row["raw"]))

        self.found = read_found(self.pipeline.tables, self.pipeline.bootstrap, fields=fields, mine=mine)
        return differences(entries, farm, self.found)

    def _sent(self) -> int:
        try:
            return int(json.loads(self._stats.read_text())["sent"])
        except FileNotFoundError:
            return 0

    def _add_master(self) -> None:
        """Add the fields and sensors of fleet and feed, and wait until the stream has them."""
        feed, fleet, tables = self.feed, self.scenario.fleet, self.pipeline.tables
        probed = Field(field_id=feed.probe, name=feed.probe, moisture_threshold=0)
        fed = (Sensor(sensor_id=sensor, field_id=feed.field_id) for sensor in feed.sensors)
        probe = Sensor(sensor_id=feed.probe, field_id=feed.probe)
        with connect(tables) as session:
            write_fields(session, tables, [*fleet.fields(), probed])
            for sensors in ([*fleet.sensors(), *fed], [probe]):  # who sees the probe's field sees all of them
                write_sensors(session, tables, sensors, datetime.now(UTC))

        def is_seen() -> bool:
            feed.send_probe()
            sleep(0.5)
            return field_of(self.pipeline.tables, feed.probe) is not None

        until(is_seen, what="the new master in the stream")
