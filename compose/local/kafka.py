"""Kafka on this machine: one node that is broker and controller (KRaft), on loopback.

Acknowledged records survive `kill -9` and a power cut: every append is forced to disk before its
acknowledgement (docs/decisions/0002-durability-on-one-machine.md has what that costs).
"""

import shutil
import socket
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

from confluent_kafka import KafkaException

from compose.local.component import Command
from compose.local.home import Home
from compose.local.jar_cache import JarSet
from compose.local.java import Java
from compose.local.kafka_admin import admin
from compose.local.ports import LOOPBACK
from compose.local.process import run_command
from compose.local.templates import fill

__all__ = ["Kafka"]


@dataclass(frozen=True, kw_only=True)
class Kafka:
    """A Kafka server; `heap_mib` is the Java heap."""

    home: Home
    java: Java
    jars: JarSet
    port: int
    controller_port: int
    heap_mib: int = 192

    name: ClassVar[str] = "kafka"
    start_timeout: ClassVar[float] = 180.0
    stop_grace: ClassVar[float] = 60.0

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.home.log(self.name)

    def prepare(self) -> Command:
        """Write its settings, format its folder at the first start, and say how to run it."""
        settings = self._settings()
        meta = self._data / "meta.properties"
        if not meta.exists():
            self._format(settings)
        return self._java(f"-Xms64m -Xmx{self.heap_mib}m", "kafka.Kafka", str(settings))

    def ready(self) -> bool:
        """Whether it answers a client."""
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, self.port)):
                return False
        try:
            return bool(admin(self.bootstrap).list_topics(timeout=5).brokers)
        except KafkaException:
            return False

    @property
    def _data(self) -> Path:
        return self.home.data(self.name)

    def _settings(self) -> Path:
        values = {"port": self.port, "controller_port": self.controller_port, "data": self._data}
        folder = self.home.etc(self.name)
        fill("log4j2.xml", folder, {})
        return fill("kafka.conf", folder, values)

    def _format(self, settings: Path) -> None:
        """Give the folder its cluster id; what an interrupted format left is no data yet."""
        shutil.rmtree(self._data)
        cluster = urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
        words = ("format", "-t", cluster, "-c", str(settings))
        command = self._java("-Xmx96m", "kafka.tools.StorageTool", *words)
        run_command("Kafka's storage tool", command, self.home.log("kafka-format"), 120)

    def _java(self, heap: str, *words: str) -> Command:
        logs = f"-Dlog4j2.configurationFile={self.home.etc(self.name) / 'log4j2.xml'}"
        flags = "-XX:+UseSerialGC -XX:ReservedCodeCacheSize=64m -XX:+ExitOnOutOfMemoryError -Xss512k"
        java = (str(self.java.program), *heap.split(), *flags.split(), logs)
        return Command((*java, "-cp", self.jars.classpath, *words), self.java.env | {"MALLOC_ARENA_MAX": "2"})
