"""What all components of one home share: ports, passwords, jars, Java, options."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from compose.local.credentials import Credential
from compose.local.home import Home, write_private
from compose.local.home_settings import HomeSettings
from compose.local.jar_cache import JarSet
from compose.local.java import Java
from compose.local.options import Options
from compose.local.ports import LOOPBACK
from storage.settings import Cassandra

__all__ = ["Stack"]


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Frozen facts; addresses are `host:port` on loopback."""

    options: Options
    ports: Mapping[str, int]
    credentials: Mapping[str, Credential]
    java: Java
    jars: Mapping[str, JarSet]
    settings: HomeSettings = field(default_factory=HomeSettings)
    keyspace: str = "farm"

    @property
    def home(self) -> Home:
        """The folder of all state."""
        return self.options.home

    @property
    def cassandra(self) -> Cassandra:
        """How to reach the tables."""
        return Cassandra(host=LOOPBACK, port=self.ports["cassandra"], keyspace=self.keyspace)

    def address(self, name: str) -> str:
        """`127.0.0.1:port` of what listens under `name` in `compose.local.ports`."""
        return f"{LOOPBACK}:{self.ports[name]}"

    def password_file(self, entry: str, component: str) -> Path:
        """A file with the password of one entry of the credentials, for one component alone."""
        file = self.home.etc(component) / f"{entry}.password"
        write_private(file, self.credentials[entry].password + "\n")
        return file
