"""Cassandra on this machine: one node on loopback, small, and quick to start.

The list of modules that Java 17 must open to it is that of Cassandra 5.0's own
`conf/jvm17-server.options`, less what names modules of the compiler.
"""

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from compose.local.component import Command
from compose.local.home import Home
from compose.local.jar_cache import JarSet
from compose.local.java import Java
from compose.local.ports import LOOPBACK
from compose.local.templates import fill
from telemetry.settings import read_secret

__all__ = ["Cassandra", "Security"]

_EXPORTS = (
    "java.base/java.lang.ref java.base/jdk.internal.misc java.management.rmi/com.sun.jmx.remote.internal.rmi "
    "java.rmi/sun.rmi.registry java.rmi/sun.rmi.server java.sql/java.sql jdk.unsupported/sun.misc "
    "jdk.attach/sun.tools.attach"
)
_OPENS = (
    "java.base/java.io java.base/java.lang java.base/java.lang.module java.base/java.lang.reflect "
    "java.base/java.util java.base/jdk.internal.loader java.base/jdk.internal.math "
    "java.base/jdk.internal.module java.base/jdk.internal.ref java.base/jdk.internal.reflect "
    "java.base/jdk.internal.util.jar java.base/sun.nio.ch jdk.management/com.sun.management.internal"
)
_QUICK = {  # no other node to wait for, neither when it starts nor when it stops
    "cassandra.ring_delay_ms": "100",
    "cassandra.skip_wait_for_gossip_to_settle": "0",
    "cassandra.superuser_setup_delay_ms": "0",
    "cassandra.shutdown_announce_in_ms": "0",
    "cassandra-foreground": "yes",
}
_OPTIONS_REQUEST = bytes((0x04, 0, 0, 0, 0x05, 0, 0, 0, 0))
"""CQL native protocol v4, section 4.1.2: OPTIONS, which a server answers before any log-in."""

_SUPPORTED = 0x06


WRITERS = 128
"""Mutations at a time: each waits for the disk with the others of its few milliseconds, so that 32 writers
are 4,400 rows/s, whatever the processor could do. As many as there are threads for requests."""

_PASSWORDS = """
authenticator: PasswordAuthenticator
authorizer: CassandraAuthorizer
role_manager: CassandraRoleManager
"""
_TLS = """
client_encryption_options:
  enabled: true
  optional: false
  keystore: "{keystore}"
  keystore_password: "{password}"
  store_type: PKCS12
"""


@dataclass(frozen=True, kw_only=True)
class Security:
    """What clients need: passwords; and TLS, with the server's key in a PKCS #12 file and its password's."""

    passwords: bool = False
    keystore: Path | None = None
    keystore_password: Path | None = None

    @property
    def lines(self) -> str:
        """Lines of cassandra.yaml."""
        passwords = _PASSWORDS if self.passwords else ""
        if not self.keystore or not self.keystore_password:
            return passwords
        return passwords + _TLS.format(keystore=self.keystore, password=read_secret(self.keystore_password))


@dataclass(frozen=True, kw_only=True)
class Cassandra:
    """A Cassandra server; `heap_mib` is the Java heap."""

    home: Home
    java: Java
    jars: JarSet
    port: int
    storage_port: int
    heap_mib: int = 448
    security: Security = Security()

    name: ClassVar[str] = "cassandra"
    start_timeout: ClassVar[float] = 300.0
    stop_grace: ClassVar[float] = 60.0

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.home.log(self.name)

    def prepare(self) -> Command:
        """Write its settings and say how to run it."""
        folder, data = self.home.etc(self.name), self.home.data(self.name)
        ports = {"port": self.port, "storage_port": self.storage_port}
        settings = fill("cassandra.yaml", folder, {**ports, "data": data, "writers": WRITERS})
        settings.chmod(0o600)  # before a password stands in it
        with settings.open("a") as file:
            file.write(self.security.lines)
        logs = fill("logback.xml", folder, {})
        properties = _QUICK | {
            "cassandra.config": settings.as_uri(),
            "cassandra.storagedir": str(data),
            "logback.configurationFile": str(logs),
        }
        words = (*self._flags(), *(f"-D{key}={value}" for key, value in properties.items()))
        main = ("-cp", self.jars.classpath, "org.apache.cassandra.service.CassandraDaemon")
        env = self.java.env | {"MALLOC_ARENA_MAX": "2"}
        return Command((str(self.java.program), *words, *main), env)

    def ready(self) -> bool:
        """Whether it answers a client; where it speaks TLS, whether it listens."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=5) as client:
                if self.security.keystore:
                    return True
                client.sendall(_OPTIONS_REQUEST)
                answer = client.recv(9)
        except OSError:
            return False
        return len(answer) == 9 and answer[4] == _SUPPORTED

    def _flags(self) -> tuple[str, ...]:
        modules = (
            *(f"--add-exports={module}=ALL-UNNAMED" for module in _EXPORTS.split()),
            *(f"--add-opens={module}=ALL-UNNAMED" for module in _OPENS.split()),
        )
        return (
            f"-javaagent:{self.jars.one('jamm')}",
            f"-Xms{self.heap_mib // 2}m",
            f"-Xmx{self.heap_mib}m",
            "-Xss256k",
            "-XX:+UseSerialGC",
            "-XX:ReservedCodeCacheSize=96m",
            "-XX:MaxDirectMemorySize=128m",
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.net.preferIPv4Stack=true",
            "-Djdk.attach.allowAttachSelf=true",
            "-Dio.netty.tryReflectionSetAccessible=true",  # direct buffers that Netty frees itself
            *modules,
        )
