"""The gateway on real brokers: Fluentd away and `kill -9` in the middle, nothing lost, nothing doubled."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec.structs import replace
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from telemetry.payload import encode_payload
from telemetry.topics import board_of, reading_topic
from tests.servers import Server
from tests.unit.edge_gateway.boards import fresh, until
from tests.unit.edge_gateway.far_end import FarEnd

pytestmark = pytest.mark.servers

COUNT, BOARDS = 5000, 20
RUN = """
import sys
from pathlib import Path
from edge_gateway.daemon import main
sys.exit(main(Path(sys.argv[1])))
"""


@pytest.fixture(params=["mosquitto", "amqtt"])
def broker(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


class Fleet:
    """Boards as the firmware is: each keeps a reading until its own acknowledgement, and sends it again."""

    def __init__(self, broker: Server) -> None:
        self.unacknowledged: dict[tuple[str, int], bytes] = {}
        self.rejected: set[str] = set()
        self._client = Client(CallbackAPIVersion.VERSION2, f"fleet-{uuid4().hex[:8]}")
        login = broker.credentials["mqtt"]
        self._client.username_pw_set(login.user, login.password)
        self._client.max_inflight_messages_set(500)
        self._client.on_message = self._acknowledged
        self._client.on_connect = lambda client, *_: client.subscribe("farm/+/ack")
        self._client.connect(broker.host, broker.port)

    def __enter__(self) -> "Fleet":
        self._client.loop_start()
        until(self._client.is_connected)
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def measure(self, first: int, count: int) -> None:
        """Measure and send: every other reading without a date, as of a board that has no clock."""
        for i in range(first, first + count):
            reading = fresh(i // BOARDS, board=f"b{i % BOARDS}")
            if i % 2:
                reading = replace(reading, date=None, age=5)
            self.unacknowledged[reading.id, i // BOARDS] = encode_payload(reading)
            self._client.publish(reading_topic(reading.id), encode_payload(reading), qos=1)

    def raw(self, payload: bytes) -> None:
        self._client.publish(reading_topic("b0"), payload, qos=1)

    def until_all_acknowledged(self) -> None:
        deadline = time.monotonic() + 120
        while self.unacknowledged:
            assert time.monotonic() < deadline, f"{len(self.unacknowledged)} readings were never acknowledged"
            time.sleep(2)
            for (board, _), payload in list(self.unacknowledged.items()):
                self._client.publish(reading_topic(board), payload, qos=1)

    def _acknowledged(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        said = json.loads(message.payload)
        if "rejected" in said:
            self.rejected.add(said["rejected"])
        else:
            self.unacknowledged.pop((board_of(message.topic), said["seq"]), None)


@contextmanager
def gateway(config: Path, http: int) -> Iterator[subprocess.Popen[bytes]]:
    """A gateway in a process of its own, until the end of the block."""
    with config.with_suffix(".log").open("ab") as log:
        child = subprocess.Popen([sys.executable, "-c", RUN, str(config)], stdout=log, stderr=log)
    try:
        until(lambda: _status(http) is not None, 90)  # on a busy machine
        yield child
    finally:
        child.terminate()
        child.wait()


def _status(http: int) -> dict[str, object] | None:
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{http}/health") as answer:
        found: dict[str, object] = json.load(answer)
        return found
    return None


def configure(folder: Path, broker: Server, far: FarEnd, http: int) -> Path:
    login = broker.credentials["mqtt-gateway"]
    password = folder / "password"
    password.touch(0o600)
    password.write_text(login.password)
    config = folder / "gateway.toml"
    config.write_text(
        f'name = "gw-{uuid4().hex[:8]}"\n[spool]\npath = "spool.db"\n'
        f'[forward]\nport = {far.port}\nack_timeout = "2s"\nretry_max = "500ms"\n[http]\nport = {http}\n'
        f'[mqtt]\nport = {broker.port}\nusername = "{login.user}"\npassword_file = "password"\n'
    )
    return config


def free_port() -> int:
    with FarEnd() as probe:
        return probe.port


def test_far_end_away_and_gateway_killed_lose_and_double_nothing(tmp_path: Path, broker: Server) -> None:
    http = free_port()
    with ExitStack() as later, FarEnd() as before:
        config = configure(tmp_path, broker, before, http)
        with gateway(config, http) as child, Fleet(broker) as fleet:
            until(lambda: (_status(http) or {}).get("status") == "ok")
            fleet.measure(0, COUNT // 3)
            until(lambda: len(before.entries) > COUNT // 10, 60)
            before.close()
            fleet.measure(COUNT // 3, COUNT // 3)
            until(lambda: len(fleet.unacknowledged) < COUNT // 6, 60)
            child.kill()
            child.wait()
            fleet.raw(b"not a reading")
            fleet.measure(COUNT // 3 * 2, COUNT - COUNT // 3 * 2)
            later.enter_context(gateway(config, http))
            time.sleep(1)  # the far end stays away while the new gateway starts
            after = later.enter_context(FarEnd(port=before.port))
            fleet.until_all_acknowledged()
            until(lambda: (_status(http) or {}).get("spooled") == 0, 60)
    records = before.records() + after.records()
    wanted = {(f"b{i % BOARDS}", 1, i // BOARDS) for i in range(COUNT)}
    assert {(r["id"], r["boot"], r["seq"]) for r in records} == wanted
    assert len({(r["id"], r["boot"], r["seq"], r["date"]) for r in records}) == COUNT
    assert len(records) <= COUNT + 2000  # at most the one chunk in flight at each of the two deaths


def test_what_is_no_reading_is_recorded_once(tmp_path: Path, broker: Server) -> None:
    http = free_port()
    with FarEnd() as far, Fleet(broker) as fleet:
        config = configure(tmp_path, broker, far, http)
        for _ in range(2):
            with gateway(config, http):
                until(lambda: (_status(http) or {}).get("status") == "ok")
                fleet.rejected.clear()
                fleet.raw(b"{broken " + str(tmp_path).encode())
                until(lambda: len(fleet.rejected) == 1)
    assert [r["reject_id"] for r in far.records("farm.rejected")] == list(fleet.rejected)
