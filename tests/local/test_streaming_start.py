"""What keeps the application from starting is one sentence and exit code 1, before any JVM is started."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping

import pytest

from compose.local.toml import write_toml
from storage.settings import Cassandra
from streaming.alone import alone
from tests.local.streaming_application import Application
from tests.servers import Server

pytestmark = pytest.mark.servers

_EACH = """
import sys
from pathlib import Path
from streaming.app import main
for config in sys.argv[1:]:
    code = main(Path(config))
    print(f"ended with {code}", file=sys.stderr)
"""
"""All of them in one process: what takes time is to import Spark."""


@pytest.fixture(scope="module")
def app(kafka: Server, tables: Cassandra, tmp_path_factory: pytest.TempPathFactory) -> Application:
    return Application(tmp_path_factory.mktemp("start"), kafka, tables)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def sentences(app: Application, wrong: Mapping[str, Mapping[str, object]]) -> dict[str, str]:
    """The one line that each says before it ends with 1."""
    files = [
        str(write_toml(app.folder / f"{name}.toml", app.settings | settings))
        for name, settings in wrong.items()
    ]
    done = subprocess.run(
        [sys.executable, "-c", _EACH, *files], capture_output=True, text=True, timeout=120, check=True,
        env=os.environ | {"JAVA_HOME": "/no/java/is/needed"},
    )  # fmt: skip
    *said, rest = done.stderr.split("ended with 1\n")
    assert rest == "", done.stderr
    lines = dict(zip(wrong, said, strict=True))
    assert all(line.count("\n") == 1 for line in lines.values()), lines
    return {name: line.strip().partition("streaming: ")[2] for name, line in lines.items()}


def test_each_is_one_sentence(app: Application, kafka: Server, tables: Cassandra) -> None:
    port = free_port()
    busy = app.folder / "busy"
    wrong: dict[str, dict[str, object]] = {
        "no Kafka": {"kafka": {"bootstrap": f"127.0.0.1:{port}"}},
        "no topic": {"kafka": {"bootstrap": kafka.bootstrap, "topic_prefix": "absent-"}},
        "no Cassandra": {"cassandra": {"port": free_port(), "connect_timeout": "2s"}},
        "no tables": {"cassandra": {"port": tables.port, "keyspace": "streaming_absent"}},
        "a second application": {"checkpoints": str(busy)},
        "wrong settings": {"window": "soon"},
    }
    with alone(busy):
        said = sentences(app, wrong)
    assert said["no Kafka"].startswith(f"No Kafka answers at 127.0.0.1:{port} (")
    assert said["no Kafka"].endswith("start it, or correct kafka.bootstrap.")
    absent = f"Kafka at {kafka.bootstrap} lacks the topic absent-sensor-data: `farmstream up`"
    assert said["no topic"].startswith(absent)
    assert said["no Cassandra"].startswith("No Cassandra answers at 127.0.0.1:")
    assert said["no tables"].endswith("run `farmstream migrate`.")
    another = f"Another streaming application works on {busy}: stop it"
    assert said["a second application"].startswith(another)
    assert said["wrong settings"].endswith("write for example 10s, 5m, 1h or 2d.")


def test_no_java(app: Application) -> None:
    assert app.started(app.folder).wait(60) == 1
    assert "Spark gave up" in app.log.read_text().splitlines()[-1]
