"""The MQTT broker on this machine: mosquitto where there is one, else amqtt in a process of its own.

Both bind to loopback, know two users (`compose.local.credentials`), and share one password file in
mosquitto's format: `user:$7$iterations$salt$hash`, PBKDF2-HMAC-SHA512, base64.
"""

import getpass
import os
import secrets
import shutil
import sys
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import pbkdf2_hmac
from pathlib import Path
from typing import ClassVar

from compose.local.component import Command
from compose.local.credentials import BROKER, Credential
from compose.local.home import Home, write_private
from compose.local.home_settings import BoardsTls
from compose.local.mqtt_probe import answers
from compose.local.ports import LOOPBACK
from compose.local.templates import fill
from telemetry.errors import SettingsError

__all__ = ["Amqtt", "Broker", "Mosquitto", "find_mosquitto", "password_line"]

ITERATIONS = 1000
"""Of PBKDF2 over a random 192-bit password: nobody guesses it, and boards reconnect by the hundred."""

_ALSO = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/sbin", "/opt/homebrew/bin")
"""Where packages put mosquitto although it is on no user's PATH."""


@dataclass(frozen=True, kw_only=True)
class Broker:
    """What both brokers have in common."""

    home: Home
    port: int
    credentials: Mapping[str, Credential]

    name: ClassVar[str] = "mqtt"
    start_timeout: ClassVar[float] = 60.0
    stop_grace: ClassVar[float] = 20.0

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.home.log(self.name)

    def ready(self) -> bool:
        """Whether it greets a client."""
        return answers(LOOPBACK, self.port)

    def prepare(self) -> Command:
        """Write its settings and say how to run it."""
        raise NotImplementedError

    def _write_passwords(self) -> Path:
        file = self.home.etc(self.name) / "passwords"
        known = (self.credentials[name] for name in BROKER)
        write_private(file, "".join(password_line(c) + "\n" for c in known))
        return file


@dataclass(frozen=True, kw_only=True)
class Mosquitto(Broker):
    """mosquitto: sessions and queued messages are on disk, at most two seconds old."""

    program: Path
    tls: BoardsTls | None = None

    def prepare(self) -> Command:
        """Write its settings and say how to run it."""
        folder = self.home.etc(self.name)
        acl = self.home.etc(self.name) / "acl"
        write_private(acl, (Path(__file__).parent / "mosquitto.acl.conf").read_text())
        values = {
            "user": getpass.getuser(),
            "port": self.port,
            "data": self.home.data(self.name),
            "passwords": self._write_passwords(),
            "acl": acl,
            "tls": _tls_lines(self.tls) if self.tls else "",
        }
        return Command((str(self.program), "-c", str(fill("mosquitto.conf", folder, values))))


def _tls_lines(tls: BoardsTls) -> str:
    for file in (tls.certificate, tls.key):
        if not os.access(file, os.R_OK):
            raise SettingsError(f"[mqtt.tls]: {file} cannot be read: name a PEM file of yours.")
    host, _, port = tls.listen.rpartition(":")
    return f"listener {port} {host}\ncertfile {tls.certificate}\nkeyfile {tls.key}"


@dataclass(frozen=True, kw_only=True)
class Amqtt(Broker):
    """amqtt: sessions live as long as its process; the boards' own acknowledgement covers the rest."""

    def prepare(self) -> Command:
        """Write its settings and say how to run it."""
        values = {"host": LOOPBACK, "port": self.port, "passwords": self._write_passwords()}
        settings = fill("amqtt.toml", self.home.etc(self.name), values)
        return Command((sys.executable, "-m", "compose.local.amqtt_broker", "--config", str(settings)))


def find_mosquitto(path: str | None = None) -> Path | None:
    """The command mosquitto on PATH or in the usual folders; None where it is not installed."""
    places = os.pathsep.join((path if path is not None else os.environ.get("PATH", ""), *_ALSO))
    found = shutil.which("mosquitto", path=places)
    return Path(found) if found else None


def password_line(credential: Credential, salt: bytes | None = None) -> str:
    """The user's line of the password file, without its end."""
    salt = salt or secrets.token_bytes(12)
    made = pbkdf2_hmac("sha512", credential.password.encode(), salt, ITERATIONS)
    return f"{credential.user}:$7${ITERATIONS}${b64encode(salt).decode()}${b64encode(made).decode()}"
