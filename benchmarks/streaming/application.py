"""The streaming application, with some of its queries, for the length of a measurement."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.streaming.servers import Servers
from compose.local.processes import family, stop_family
from compose.local.toml import write_toml

__all__ = ["application", "settings_file"]


def settings_file(servers: Servers, name: str, **settings: Any) -> Path:
    """A settings file in a folder of its own, for the servers; `settings` beside that."""
    folder, tables = servers.folder / name, servers.tables
    folder.mkdir()
    whole = {
        "checkpoints": str(folder / "checkpoints"), "progress": str(folder / "progress.json"),
        "jars": list(servers.jars), "kafka": {"bootstrap": servers.bootstrap},
        "cassandra": {"host": tables.host, "port": tables.port, "keyspace": tables.keyspace},
    }  # fmt: skip
    return write_toml(folder / "streaming.toml", whole | settings)


@contextmanager
def application(servers: Servers, name: str, queries: Sequence[str], **settings: Any) -> Iterator[int]:
    """Run it, with its log beside its settings; gives its pid."""
    config = settings_file(servers, name, queries=list(queries), **settings)
    argv = [sys.executable, "-m", "streaming.app", "--config", str(config)]
    with config.with_name("log").open("wb") as log:
        env = os.environ | {"JAVA_HOME": str(servers.java_home)}
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)
    try:
        yield child.pid
    finally:
        stop_family(family(child.pid), 20)
        child.wait()
