"""What the containers are set up with, on this machine's servers: there need be no Docker for it."""

import getpass
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from urllib.parse import urlsplit

import pytest
from confluent_kafka.admin import AdminClient
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from compose.docker import credentials, setup
from compose.local.home import write_private
from compose.local.java import Java
from compose.local.mqtt_probe import answers
from compose.local.ports import LOOPBACK
from firmware.simulator.fleet import Fleet
from storage.master import read_sensors
from storage.session import connect
from telemetry.settings import read_secret
from telemetry.topics import TOPICS
from tests.local.fluentd_hops import eventually, free_port
from tests.local.storage_tables import own_keyspace
from tests.servers import Jars, Server, mosquitto_program
from tests.unit.compose.compose_file import FOLDER, SERVICES

pytestmark = pytest.mark.servers

DOCKER = FOLDER / "docker"


def test_the_one_shot_makes_topics_tables_and_master_and_may_be_repeated(
    kafka: Server, cassandra: Server
) -> None:
    with own_keyspace(cassandra) as tables:
        words = ["--kafka", kafka.bootstrap, "--cassandra", tables.address, "--keyspace", tables.keyspace]
        for _ in range(2):
            assert setup.main([*words, "--boards", "3"]) == 0
        with connect(tables) as session:
            sensors = {sensor.sensor_id for sensor in read_sensors(session, tables)}
    assert sensors == {sensor.sensor_id for sensor in Fleet(boards=3).sensors()}
    there = AdminClient({"bootstrap.servers": kafka.bootstrap}).list_topics(timeout=30).topics
    assert {topic.name for topic in TOPICS} <= there.keys()


def test_without_a_cassandra_it_says_so(kafka: Server, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    assert setup.main(["--kafka", kafka.bootstrap, "--cassandra", f"{LOOPBACK}:{port}"]) == 1
    assert f"No Cassandra answers at {LOOPBACK}:{port}" in capsys.readouterr().err


def test_kafkas_image_takes_our_settings(tmp_path: Path, java: Java, jars: Jars) -> None:
    """The program that Kafka's image starts with, from the same jar: it joins file and environment."""
    for name in ("default", "mounted", "final"):
        (tmp_path / name).mkdir()
    for name in ("server.properties", "log4j2.yaml", "tools-log4j2.yaml"):
        (tmp_path / "default" / name).touch()
    text = (DOCKER / "kafka.conf").read_text().replace("/var/lib/kafka/data", str(tmp_path / "data"))
    (tmp_path / "mounted" / "server.properties").write_text(text)
    folders = (f"--{name}-configs-dir={tmp_path / name}" for name in ("default", "mounted", "final"))
    environment = SERVICES["kafka"]["environment"]
    done = subprocess.run(
        [java.program, "-cp", jars["kafka"].classpath, "kafka.docker.KafkaDockerWrapper", "setup", *folders],
        env=os.environ | java.env | environment | {"CLUSTER_ID": "5L6g3nShT-eMCtK--X86sw"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = (tmp_path / "final" / "server.properties").read_text()
    assert text in made
    assert f"advertised.listeners={environment['KAFKA_ADVERTISED_LISTENERS']}" in made
    assert (tmp_path / "data" / "meta.properties").exists()


@contextmanager
def mosquitto_of_the_container(folder: Path, port: int) -> Iterator[None]:
    """mosquitto with the container's settings, places changed to `folder`."""
    program = mosquitto_program()
    places = {
        "listener 1883": f"user {getpass.getuser()}\nlistener {port} {LOOPBACK}",
        "/run/farmstream/passwords": str(folder / "mqtt" / "passwords"),
        "/mosquitto/config/acl.conf": str(FOLDER / "local" / "mosquitto.acl.conf"),
        "/mosquitto/data/": f"{folder}/",
    }
    text = (DOCKER / "mosquitto.conf").read_text()
    for inside, here in places.items():
        assert inside in text
        text = text.replace(inside, here)
    (folder / "mosquitto.conf").write_text(text)
    with (folder / "mosquitto.log").open("wb") as log:
        child = subprocess.Popen([program, "-c", folder / "mosquitto.conf"], stdout=log, stderr=log)
    try:
        eventually("mosquitto answers", lambda: answers(LOOPBACK, port))
        yield
    finally:
        child.terminate()
        child.wait()


def login(port: int, user: str | None, password: str | None) -> str:
    """The broker's answer to a CONNECT."""
    heard: Queue[str] = Queue()
    client = Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set(user, password)
    client.on_connect = lambda _client, _data, _flags, reason, _more: heard.put(str(reason))
    client.connect(LOOPBACK, port)
    client.loop_start()
    try:
        return heard.get(timeout=30)
    finally:
        client.disconnect()
        client.loop_stop()


def test_the_broker_knows_the_passwords_that_were_made(tmp_path: Path) -> None:
    credentials.write(tmp_path)
    port = free_port()
    with mosquitto_of_the_container(tmp_path, port):
        for folder, user in (("gateway", "gateway"), ("simulator", "board")):
            assert login(port, user, read_secret(tmp_path / folder / "mqtt.password")) == "Success"
        assert login(port, "gateway", "wrong") == "Not authorized"
        assert login(port, None, None) == "Not authorized"


def test_the_container_of_the_pages_wants_its_token(tmp_path: Path, kafka: Server, cassandra: Server) -> None:
    """By its own command, but for the places."""
    token, port = tmp_path / "token", free_port()
    write_private(token, "secret-of-a-test")
    program, place = SERVICES["dashboards"]["command"][1:4], [str(tmp_path / "home"), f"--token-file={token}"]
    addresses = {"FARMSTREAM_KAFKA": kafka.bootstrap, "FARMSTREAM_CASSANDRA": f"{LOOPBACK}:{cassandra.port}"}
    with (tmp_path / "log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, *program, *place, f"--ip={LOOPBACK}", f"--port={port}"],
            env=os.environ | addresses, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        eventually("the pages answer", lambda: page_of(port, "") == "/login")
        assert page_of(port, "secret-of-a-test") == "/voila/render/live.ipynb"
    finally:
        child.terminate()
        child.wait()
    assert {"live.ipynb", "history.ipynb"} <= {path.name for path in (tmp_path / "home/notebooks").iterdir()}


def page_of(port: int, token: str) -> str:
    """The page that who asks for Live is led to; empty where nothing answers."""
    request = urllib.request.Request(f"http://{LOOPBACK}:{port}/voila/render/live.ipynb")
    request.add_header("Authorization", f"token {token}")
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return urlsplit(answer.url).path
    except OSError:
        return ""
