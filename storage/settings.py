"""Where Cassandra is and how to talk to it."""

import os
import re
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from telemetry.errors import SettingsError
from telemetry.settings import Secret, read_secret, seconds

__all__ = ["Cassandra", "log_in"]


_COPIES = re.compile(r"\s*([\w.-]+)\s*:\s*([1-9])\s*", re.ASCII)


def log_in() -> dict[str, str]:
    """How a person reaches Cassandra: FARMSTREAM_CASSANDRA_USER, _PASSWORD_FILE, _CA_FILE, _DATA_CENTRE."""
    names = ("user", "password_file", "ca_file", "data_centre")
    given = ((name, os.environ.get(f"FARMSTREAM_CASSANDRA_{name.upper()}")) for name in names)
    return {name: value for name, value in given if value}


class Cassandra(Struct, frozen=True, kw_only=True):
    """The `[cassandra]` table of a settings file.

    `host` may list several contact points, divided by commas; the password is the first line of
    `password_file` (mode 0600). Durations are text such as `10s` (see `telemetry.clock.duration`).
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 9042
    keyspace: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,47}$")] = "farm"
    user: str | None = None
    password_file: str | None = None
    data_centre: str | None = None
    """Whose nodes are asked, and which one LOCAL_… means; None: that of the first of `host` that answers."""
    replication: Annotated[int, Meta(ge=1, le=9)] | str = 1
    """Copies of each row when `migrate` makes the keyspace: in each data centre, or `field:3,analytics:1`."""
    protocol: Annotated[int, Meta(ge=4, le=5)] = 5
    """Native protocol: 5 from Cassandra 4.0 on, 4 for older servers and look-alikes."""
    consistency: Literal["ONE", "LOCAL_ONE", "LOCAL_QUORUM", "QUORUM", "ALL"] = "LOCAL_QUORUM"
    """Of reads and writes: with this one, what was written is seen, whichever replica is lost."""
    connect_timeout: str = "10s"
    request_timeout: str = "20s"
    wait: str = "10m"
    """How long a write waits for a Cassandra that is away or overloaded before it is an error."""
    ca_file: str | None = None
    """PEM certificates of who may sign the server's: with them the connection is TLS, and checked."""
    certificate_file: str | None = None
    key_file: str | None = None
    """The client's own certificate and its key (PEM), where the server asks for one."""

    def __post_init__(self) -> None:
        if bool(self.certificate_file) != bool(self.key_file):
            raise ValueError("certificate_file and key_file come together or not at all")
        if self.certificate_file and not self.ca_file:
            raise ValueError("certificate_file needs ca_file: without it there is no TLS")
        if not self.hosts:
            raise ValueError("host is empty: name a node of the cluster, or several divided by commas")
        self.copies()  # ValueError
        for name in ("connect_timeout", "request_timeout", "wait"):
            seconds(name, getattr(self, name))

    @property
    def hosts(self) -> list[str]:
        """The contact points."""
        return [host.strip() for host in self.host.split(",") if host.strip()]

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"{self.host}:{self.port}"

    @property
    def place(self) -> str:
        """For messages."""
        return f"{self.address}, data centre '{self.data_centre}'" if self.data_centre else self.address

    def copies(self) -> dict[str, int]:
        """Data centre → copies of each row; under `replication_factor`, of each data centre that there is."""
        text = str(self.replication)
        if text.isdecimal() and 1 <= int(text) <= 9:
            return {"replication_factor": int(text)}
        found = [_COPIES.fullmatch(part) for part in text.split(",")]
        named = {each[1]: int(each[2]) for each in found if each}
        if len(named) != len(found):
            raise ValueError(f"replication '{text}' is neither 1 to 9 nor such as 'field:3,analytics:1'")
        return named

    def password(self) -> Secret | None:
        """The secret from `password_file`; SettingsError where it cannot be read or is nobody's."""
        if bool(self.user) != bool(self.password_file):
            raise SettingsError("Cassandra's user and password_file come together or not at all: set both.")
        return read_secret(Path(self.password_file)) if self.password_file else None

    def table(self, name: str) -> str:
        """The fully qualified name: sessions have no keyspace of their own."""
        return f"{self.keyspace}.{name}"
