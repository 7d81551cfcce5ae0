"""The bench for MicroPython boards: a TLS broker, the real gateway behind it, and an eye on the topics."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
import trustme

from compose.local.broker import password_line
from compose.local.credentials import Credential
from compose.local.stats import fetch_json
from telemetry.payload import decode_payload
from telemetry.reading import Reading
from telemetry.settings import Secret
from tests.servers import mosquitto_program

__all__ = ["Broker", "Watch", "eventually", "free_port", "gateway", "settings", "watching"]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def eventually(what: Callable[[], object], timeout: float = 60.0, why: Callable[[], str] = str) -> None:
    """Wait until `what()` holds."""
    until = time.monotonic() + timeout
    while not what():
        if time.monotonic() > until:
            pytest.fail(f"waited {timeout:.0f} s in vain. {why()}")
        time.sleep(0.05)


@dataclass
class Broker:
    """mosquitto with TLS for boards (user `board`) and a plain port for gateway and test."""

    folder: Path
    ca: trustme.CA
    tls_port: int = field(default_factory=free_port)
    mutual_port: int = field(default_factory=free_port)
    plain_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        server = self.ca.issue_cert("localhost")
        for name, blob in (("server.pem", server.cert_chain_pems[0]), ("server.key", server.private_key_pem)):
            blob.write_to_path(str(self.folder / name))
        self.ca.cert_pem.write_to_path(str(self.folder / "ca.pem"))
        (self.folder / "passwords").write_text(password_line(Credential("board", Secret("barn-door"))) + "\n")
        keys = {"cafile": "ca.pem", "certfile": "server.pem", "keyfile": "server.key"}
        tls = "".join(f"{key} {self.folder}/{name}\n" for key, name in keys.items())
        password = f"allow_anonymous false\npassword_file {self.folder}/passwords\n"
        (self.folder / "mosquitto.conf").write_text(
            f"user root\nper_listener_settings true\npersistence true\npersistence_location {self.folder}/\n"
            f"listener {self.tls_port} 127.0.0.1\n{tls}{password}"
            f"listener {self.mutual_port} 127.0.0.1\n{tls}require_certificate true\nallow_anonymous true\n"
            f"listener {self.plain_port} 127.0.0.1\nallow_anonymous true\n"
        )

    def start(self) -> None:
        """Start it and wait until it listens."""
        program = mosquitto_program()
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [program, "-c", self.folder / "mosquitto.conf"], stdout=log, stderr=log
            )
        eventually(lambda: _listens(self.plain_port), why=(self.folder / "log").read_text)

    def kill(self) -> None:
        """kill -9."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def der(self) -> bytes:
        """The CA's certificate as a board wants it."""
        return to_der(self.ca.cert_pem.bytes())


def to_der(pem: bytes) -> bytes:
    """One PEM certificate or key as DER."""
    import ssl

    text = pem.decode()
    if "CERTIFICATE" in text:
        return ssl.PEM_cert_to_DER_cert(text)
    import base64

    return base64.b64decode("".join(line for line in text.splitlines() if "-----" not in line))


def _listens(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Watch:
    """What went over the broker."""

    client: paho.Client
    readings: list[Reading] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)

    def identities(self) -> set[tuple[int | None, int | None]]:
        """(boot, seq) of all readings."""
        return {(r.boot, r.seq) for r in self.readings}

    def command(self, board: str, command: dict[str, Any]) -> None:
        """Send a command to a board."""
        self.client.publish(f"farm/{board}/command", json.dumps(command), 1)


@contextmanager
def watching(port: int) -> Iterator[Watch]:
    """Watch all boards over the plain port; it reconnects by itself."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    watch = Watch(client)

    def on_message(_: paho.Client, __: object, message: paho.MQTTMessage) -> None:
        leaf = message.topic.split("/", 2)[2]
        if leaf == "reading":
            watch.readings.append(decode_payload(message.payload))
        elif leaf == "status":
            watch.statuses.append(json.loads(message.payload))
        elif leaf == "command/ack":
            watch.answers.append(json.loads(message.payload))

    client.on_connect = lambda c, *_: c.subscribe("farm/#", 1)
    client.on_message = on_message
    client.reconnect_delay_set(1, 1)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        yield watch
    finally:
        client.disconnect()
        client.loop_stop()


@contextmanager
def gateway(folder: Path, broker_port: int) -> Iterator[None]:
    """The real gateway: it acknowledges what is in its spool; nothing listens behind it."""
    folder.mkdir()
    config, health = folder / "gateway.toml", free_port()
    config.write_text(
        f'name = "bench"\n[spool]\npath = "{folder}/spool.db"\n'
        f'[forward]\nport = {free_port()}\ndrain = "1ms"\n'
        f"[http]\nport = {health}\n[mqtt]\nport = {broker_port}\nretry_max = '1s'\n"
    )
    with (folder / "log").open("ab") as log:
        command = [sys.executable, "-m", "compose.cli", "gateway", "--config", str(config)]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        eventually(lambda: _hears(f"127.0.0.1:{health}"), why=(folder / "log").read_text)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _hears(address: str) -> bool:
    told = fetch_json(address)
    return bool(told) and {*told["sources"].values()} == {"ok"}


def settings(broker: Broker, **changes: Any) -> dict[str, Any]:
    """Settings of a board with all sensors, one reading a second."""
    mqtt = {
        "host": "localhost",
        "port": broker.tls_port,
        "ca": "ca.der",
        "user": "board",
        "password": "barn-door",
    }
    board: dict[str, Any] = {
        "id": "mp-1", "interval_s": 1, "watchdog_s": 8, "wifi": {"ssid": "barn"},
        "mqtt": mqtt | changes.pop("mqtt", {}), "position": {"lon": 139.36, "lat": 35.33},
        "sht3x": {"scl": 5, "sda": 4}, "ph": {"pin": 26, "slope": 0.98, "offset_mv": 4.0},
        "moisture": {"pin": 27, "dry_mv": 2600, "wet_mv": 1200, "dry": 0, "wet": 46},
    }  # fmt: skip
    return board | changes
