"""`farmstream notify` as a process of its own, with a topic of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from confluent_kafka import Producer

from compose.local.toml import write_toml
from compose.local.topics import make_topics
from telemetry.topics import ALERTS
from tests.local.streaming_application import until
from tests.servers import Server

__all__ = ["Notify", "alert"]


class Notify:
    """The process, its topic and its list."""

    def __init__(self, folder: Path, kafka: Server, **tables: Any) -> None:
        self.prefix, self._folder = f"n{uuid4().hex[:8]}-", folder
        self.progress = folder / "notify.json"
        make_topics(kafka.bootstrap, [ALERTS._replace(name=self.prefix + ALERTS.name)])
        self._producer = Producer({"bootstrap.servers": kafka.bootstrap, "acks": "all", "log_level": 0})
        named = {"bootstrap": kafka.bootstrap, "topic_prefix": self.prefix}
        files = {"list": str(folder / "list.db"), "progress": str(self.progress)}
        self.settings = files | {"longest_pause": "1s", "kafka": named} | tables
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it until it has its place in the topic."""
        self.progress.unlink(missing_ok=True)
        config = write_toml(self._folder / "notify.toml", self.settings)
        argv = [sys.executable, "-m", "compose.cli", "notify", "--config", str(config)]
        with (self._folder / "notify.log").open("ab") as log:
            self.process = subprocess.Popen(argv, stdout=log, stderr=log, env=os.environ)
        until(self.progress.exists)

    def close(self) -> None:
        """Nothing of it is left."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> int:
        """SIGTERM; what it ends with."""
        assert self.process
        self.process.terminate()
        return self.process.wait(60)

    def send(self, *alerts: dict[str, Any]) -> None:
        """Into the topic."""
        for alert in alerts:
            topic = self.prefix + ALERTS.name
            self._producer.produce(topic, msgspec.json.encode(alert), alert["alert_id"])
        assert self._producer.flush(60) == 0

    def counts(self) -> dict[str, dict[str, int]]:
        """As the process tells them."""
        found: dict[str, dict[str, int]] = json.loads(self.progress.read_text())["notifiers"]
        return found


def alert(number: int, state: str = "open", **more: Any) -> dict[str, Any]:
    named = {
        "alert_id": f"a{number}",
        "rule": "frost",
        "severity": "warning",
        "state": state,
        "sensor_id": "7",
    }
    told = {"opened": "2026-06-01T12:00:00.000Z", "evidence": {"message": "North: temperature −1.00 °C."}}
    return named | told | more
