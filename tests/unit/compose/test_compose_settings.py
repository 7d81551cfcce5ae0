"""The containers' settings are those of `farmstream up`, but for the places of things."""

import re
from pathlib import Path

import yaml

from compose.local.cassandra import Cassandra
from compose.local.credentials import USERS
from compose.local.jars_lock import read_lock
from compose.local.kafka import Kafka
from compose.local.ports import LOOPBACK, PREFERRED
from compose.local.stack import Stack
from edge_gateway.settings import GatewaySettings
from fluentd.conf import render
from streaming.settings import Settings as StreamingSettings
from telemetry.settings import load_settings
from tests.unit.compose.compose_file import (
    FOLDER,
    SERVICES,
    mounts,
    ports,
    properties,
)

DOCKER, LOCAL = FOLDER / "docker", FOLDER / "local"
DOCKERFILE = (DOCKER / "Dockerfile").read_text()
GATEWAY = load_settings(DOCKER / "gateway.toml", GatewaySettings)
STREAMING = load_settings(DOCKER / "streaming.toml", StreamingSettings)
KAFKA = f"kafka:{properties(DOCKER / 'kafka.conf')['listeners'].split(',')[0].rpartition(':')[2]}"


def test_kafka_is_set_as_on_this_machine() -> None:
    ours, theirs = properties(DOCKER / "kafka.conf"), properties(LOCAL / "kafka.conf")
    network = {"listeners", "advertised.listeners", "inter.broker.listener.name", "log.dirs"}
    network |= {"controller.quorum.voters", "listener.security.protocol.map"}
    assert without(ours, network) == without(theirs, network)
    assert ours["log.dirs"] in mounts("kafka")
    listeners = dict(text.split("://:") for text in ours["listeners"].split(","))
    advertised = dict(
        text.split("://")
        for text in SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"].split(",")
    )
    assert set(advertised) == set(listeners) - {"CONTROLLER"}
    assert advertised["PLAINTEXT"] == KAFKA == f"kafka:{listeners['PLAINTEXT']}"
    (port,) = ports("kafka")
    assert advertised["MACHINE"] == f"{LOOPBACK}:{port.published}"
    assert int(listeners["MACHINE"]) == port.inside
    assert f"-Xmx{Kafka.heap_mib}m" in SERVICES["kafka"]["environment"]["KAFKA_HEAP_OPTS"]


def without(settings: dict[str, str], names: set[str]) -> dict[str, str]:
    return {key: value for key, value in settings.items() if key not in names}


def test_cassandra_is_set_as_on_this_machine() -> None:
    ours = yaml.safe_load((DOCKER / "cassandra.yaml").read_text())
    theirs = yaml.safe_load((LOCAL / "cassandra.yaml").read_text())
    data = next(inside for inside, outside in mounts("cassandra").items() if outside == "cassandra-data")
    values = {"port": PREFERRED["cassandra"], "storage_port": PREFERRED["cassandra-storage"], "data": data}
    filled = _fill(theirs, values | {"writers": ours["concurrent_writes"]})
    assert ours == filled | {"rpc_address": SERVICES["cassandra"]["hostname"]}
    environment = SERVICES["cassandra"]["environment"]
    assert environment["MAX_HEAP_SIZE"] == f"{Cassandra.heap_mib}M"
    config = re.search(r"-Dcassandra\.config=file://(\S+)", environment["JVM_EXTRA_OPTS"])
    assert config
    assert mounts("cassandra")[config[1]] == "./docker/cassandra.yaml"


def _fill(settings: dict[str, object], values: dict[str, object]) -> dict[str, object]:
    text = yaml.safe_dump(settings)
    for key in sorted(values, key=len, reverse=True):
        text = text.replace(f"${key}", str(values[key]))
    filled: dict[str, object] = yaml.safe_load(text)
    return filled


def test_the_broker_is_set_as_on_this_machine() -> None:
    ours, theirs = properties(DOCKER / "mosquitto.conf"), properties(LOCAL / "mosquitto.conf")
    places = {"user", "listener", "password_file", "acl_file", "persistence_location"}
    assert without(ours, places) == without(theirs, places)
    assert ours["listener"] == str(ports("mqtt")[0].inside)
    inside = mounts("mqtt")
    assert inside[ours["acl_file"]] == "./local/mosquitto.acl.conf"
    assert inside[str(Path(ours["password_file"]).parent)] == "mqtt-secrets"
    assert inside[ours["persistence_location"].rstrip("/")] == "mqtt-data"


def test_the_gateway_reads_the_broker_and_sends_to_fluentd() -> None:
    assert GATEWAY.mqtt is not None
    assert (GATEWAY.mqtt.host, GATEWAY.mqtt.port) == ("mqtt", ports("mqtt")[0].inside)
    assert GATEWAY.mqtt.username == USERS["mqtt-gateway"]
    assert (GATEWAY.forward.host, GATEWAY.forward.port) == ("fluentd", ports("fluentd")[0].inside)
    assert f'port "{GATEWAY.forward.port}"' in render({})
    assert (GATEWAY.http.host, GATEWAY.http.port) == ("0.0.0.0", ports("gateway")[0].inside)
    inside = mounts("gateway")
    assert inside[str(Path(str(GATEWAY.mqtt.password_file)).parent)] == "gateway-secrets"
    assert inside[str(Path(GATEWAY.spool.path).parent)] == "gateway-data"


def test_fluentd_and_the_jobs_find_kafka_and_cassandra() -> None:
    assert SERVICES["fluentd"]["environment"]["FLUENTD_KAFKA"] == STREAMING.kafka.bootstrap == KAFKA
    tables = STREAMING.cassandra
    for name in ("jupyter", "dashboards"):
        addresses = {"FARMSTREAM_CASSANDRA": tables.address, "FARMSTREAM_KAFKA": KAFKA}
        assert SERVICES[name]["environment"] == addresses
    assert (tables.host, tables.port) == (SERVICES["cassandra"]["hostname"], ports("cassandra")[0].inside)
    assert tables.keyspace == Stack.keyspace
    for name in ("migrate", "simulated-master"):
        said = " ".join(SERVICES[name]["command"]).replace("=", " ")
        assert f"--kafka {KAFKA} --cassandra {tables.address}" in said
    inside = mounts("streaming")
    assert {inside[str(Path(STREAMING.checkpoints).parent)]} == {"streaming-data"}
    assert STREAMING.progress in " ".join(SERVICES["streaming"]["healthcheck"]["test"])


def test_the_jobs_load_the_jars_of_the_lock() -> None:
    assert [Path(jar).name for jar in STREAMING.jars] == [jar.file for jar in sorted(read_lock()["spark"])]
    (folder,) = {str(Path(jar).parent) for jar in STREAMING.jars}
    assert re.search(rf"^COPY --from=jars \S+ {folder}$", DOCKERFILE, re.MULTILINE)


def test_what_is_not_the_containers_own_is_as_in_the_code() -> None:
    """A setting that only one of the two files has would part the containers from `farmstream up`."""
    assert (GATEWAY.legacy_time_zone, GATEWAY.max_ahead) == (STREAMING.legacy_time_zone, STREAMING.max_ahead)
    places = {"checkpoints", "progress", "jars", "kafka", "cassandra"}
    plain = StreamingSettings(kafka=STREAMING.kafka, checkpoints="", progress="")
    for name in set(StreamingSettings.__struct_fields__) - places:
        assert getattr(STREAMING, name) == getattr(plain, name), name
    assert STREAMING.kafka == type(STREAMING.kafka)(bootstrap=KAFKA)
