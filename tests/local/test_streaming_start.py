"""What keeps the application from starting is one sentence and exit code 1, before any JVM is started."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.settings import Cassandra
from streaming.alone import alone
from tests.local.storage_tables import migrated
from tests.local.streaming_application import Application
from tests.servers import Server

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def tables(cassandra: Server) -> Iterator[Cassandra]:
    with migrated(cassandra) as settings:
        yield settings


@pytest.fixture
def app(tmp_path: Path, kafka: Server, tables: Cassandra) -> Application:
    return Application(tmp_path, kafka, tables)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def sentence(app: Application, **settings: object) -> str:
    """The one line that it says before it ends with 1."""
    assert app.started(Path("/no/java/is/needed"), **settings).wait(60) == 1
    [line] = app.log.read_text().splitlines()
    return line.partition("streaming: ")[2]


def test_no_kafka(app: Application) -> None:
    port = free_port()
    said = sentence(app, kafka={"bootstrap": f"127.0.0.1:{port}"})
    assert said.startswith(f"No Kafka answers at 127.0.0.1:{port} (")
    assert said.endswith("start it, or correct kafka.bootstrap.")


def test_a_topic_is_missing(app: Application, kafka: Server) -> None:
    said = sentence(app, kafka={"bootstrap": kafka.bootstrap, "topic_prefix": "absent-"})
    assert said.startswith(f"Kafka at {kafka.bootstrap} lacks the topic absent-sensor-data: `farmstream up`")


def test_no_cassandra(app: Application) -> None:
    said = sentence(app, cassandra={"port": free_port(), "connect_timeout": "2s"})
    assert said.startswith("No Cassandra answers at 127.0.0.1:")


def test_no_tables(app: Application, tables: Cassandra) -> None:
    said = sentence(app, cassandra={"port": tables.port, "keyspace": "streaming_absent"})
    assert said.endswith("run `farmstream migrate`.")


def test_a_second_application(app: Application) -> None:
    with alone(app.checkpoints):
        assert sentence(app).startswith(f"Another streaming application works on {app.checkpoints}: stop it")


def test_settings_that_are_wrong(app: Application) -> None:
    assert sentence(app, window="soon").endswith("write for example 10s, 5m, 1h or 2d.")


def test_no_java(app: Application) -> None:
    app.started(app.folder).wait(60)
    assert "Spark gave up" in app.log.read_text().splitlines()[-1]
