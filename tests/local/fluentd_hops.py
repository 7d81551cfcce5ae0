"""The hop under test, embedded or a real Fluentd, as a process that can be killed; and its Kafka."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import msgpack
from confluent_kafka import Consumer, TopicPartition

from compose.local.kafka import Kafka
from compose.local.process import running
from compose.local.topics import make_topics
from fluentd.conf import fluentd_command, render
from telemetry.topics import Topic

HOST = "127.0.0.1"
PATIENCE_S = 120.0


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def eventually(what: str, done: Callable[[], bool]) -> None:
    """Polls until `done`; fails with `what` when patience ends."""
    deadline = monotonic() + PATIENCE_S
    while not done():
        assert monotonic() < deadline, f"never: {what}"
        sleep(0.1)


class OwnKafka:
    """A Kafka server that a test may stop for a while; its topics are there."""

    def __init__(self, service: Kafka) -> None:
        self.bootstrap = service.bootstrap
        self._service = service
        self._stack = ExitStack()

    def __enter__(self) -> "OwnKafka":
        self._process = self._stack.enter_context(running(self._service))
        make_topics(self.bootstrap)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGCONT)
        self._stack.close()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Its connections stay open; nothing is answered."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    @contextmanager
    def down(self) -> Iterator[None]:
        """Stopped in order, and started again on the same data."""
        self._stack.close()
        try:
            yield
        finally:
            self._process = self._stack.enter_context(running(self._service))

    def read(self, topic: Topic, mark: str, enough: Callable[[list[Any]], bool]) -> list[Any]:
        """(key, value) of all messages whose value bears `mark`, read from the start until `enough`."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "hop-test"})
        found: list[Any] = []
        try:
            consumer.assign([TopicPartition(topic.name, n, 0) for n in range(topic.partitions)])
            eventually(f"{mark} in {topic.name}", lambda: _more(consumer, mark, found) or enough(found))
        finally:
            consumer.close()
        return found


def _more(consumer: Consumer, mark: str, found: list[Any]) -> bool:
    for message in consumer.consume(10_000, 0.2):
        assert message.error() is None, message.error()
        if mark.encode() in message.value():
            found.append((message.key().decode(), message.value()))
    return False


@dataclass
class Hop:
    """`command` is run anew at each start; the port stays."""

    name: str
    command: tuple[str, ...]
    port: int
    http_port: int
    log: Path
    acks_after_kafka: bool
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        """Returns when it takes connections."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(self.command, stdout=out, stderr=out, start_new_session=True)
        eventually(f"{self.name} listens (log {self.log})", self._listens)

    def kill(self) -> None:
        """SIGKILL, its workers included."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        """Whatever state it is in."""
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def _listens(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        with socket.socket() as probe:
            return probe.connect_ex((HOST, self.port)) == 0


def embedded(folder: Path, bootstrap: str) -> Hop:
    """`python -m fluentd.collector`, which gives up on a chunk sooner than by default."""
    port, http_port = free_port(), free_port()
    config = folder / "collector.toml"
    config.write_text(
        f"[listen]\nport = {port}\n[http]\nport = {http_port}\n"
        f'[kafka]\nbootstrap = "{bootstrap}"\ndelivery_timeout = "15s"\n'
    )
    command = (sys.executable, "-m", "fluentd.collector", "--config", str(config))
    return Hop("embedded", command, port, http_port, folder / "hop.log", acks_after_kafka=True)


def installed(program: str, folder: Path, bootstrap: str) -> Hop:
    """The installed Fluentd with our configuration; it acknowledges what its file buffer has."""
    port, http_port = free_port(), free_port()
    config = folder / "fluent.conf"
    buffer = folder / "buffer"
    values = {"FLUENTD_PORT": port, "FLUENTD_HTTP_PORT": http_port, "FLUENTD_KAFKA": bootstrap}
    config.write_text(render(values | {"FLUENTD_BUFFER": buffer}))
    command = fluentd_command(program, config)
    return Hop("fluentd", command, port, http_port, folder / "hop.log", acks_after_kafka=False)


class Sender:
    """The gateway's side of the forward protocol, small: chunks out, acks in."""

    def __init__(self, hop: Hop, timeout: float = PATIENCE_S) -> None:
        self._socket = socket.create_connection((HOST, hop.port), timeout)
        self._unpacker = msgpack.Unpacker()

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, chunk: str, records: list[Any], tag: str = "farm.reading") -> None:
        """One PackedForward chunk."""
        entries = b"".join(msgpack.packb([1_764_000_000, record]) for record in records)
        self.raw(msgpack.packb([tag, entries, {"chunk": chunk, "size": len(records)}]))

    def raw(self, data: bytes) -> None:
        """Any bytes."""
        self._socket.sendall(data)

    def ack(self, timeout: float = PATIENCE_S) -> str:
        """The next acknowledged chunk; TimeoutError, or ConnectionError where the hop hung up."""
        self._socket.settimeout(timeout)
        while True:
            for answer in self._unpacker:
                return str(answer["ack"])
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionResetError("the hop hung up")
            self._unpacker.feed(data)
