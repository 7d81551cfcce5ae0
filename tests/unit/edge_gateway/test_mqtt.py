"""The MQTT source through a whole gateway, against a broker that the test plays."""

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from edge_gateway.gateway import Gateway
from edge_gateway.settings import GatewaySettings, MqttSettings
from telemetry.errors import SettingsError
from telemetry.payload import encode_payload
from telemetry.rejected import reject_id
from tests.unit.edge_gateway.boards import PtyBoard, fresh, line, until
from tests.unit.edge_gateway.far_end import FarEnd
from tests.unit.edge_gateway.running import running, settings
from tests.unit.edge_gateway.scripted_broker import CONNACK_NOT_AUTHORISED, ScriptedBroker

TOPIC = "farm/b1/reading"


def chosen(folder: Path, far: FarEnd, broker: ScriptedBroker, **mqtt: object) -> GatewaySettings:
    table = msgspec.convert({"port": broker.port, "retry_max": "0.2s", **mqtt}, MqttSettings)
    return replace(settings(folder, far.port), mqtt=table)


def is_ok(gateway: Gateway) -> Callable[[], bool]:
    return lambda: gateway.health()["sources"].get(f"mqtt:127.0.0.1:{_port(gateway)}") == "ok"


def _port(gateway: Gateway) -> int:
    assert gateway.settings.mqtt is not None
    return gateway.settings.mqtt.port


def test_board_and_broker_are_acknowledged(tmp_path: Path) -> None:
    with FarEnd() as far, ScriptedBroker() as broker, running(chosen(tmp_path, far, broker), tmp_path) as gw:
        until(is_ok(gw))
        broker.deliver(TOPIC, encode_payload(fresh(42, 3)), 7)
        until(lambda: broker.pubacks == [7])
        assert broker.published == [("farm/b1/ack", b'{"boot":3,"seq":42}')]
        until(lambda: [r["seq"] for r in far.records()] == [42])


def test_the_session_is_persistent_and_named(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("s3cret\n")
    password.chmod(0o600)
    with FarEnd() as far, ScriptedBroker() as broker:
        login = chosen(tmp_path, far, broker, username="gw-user", password_file="password")
        with running(login, tmp_path) as gw:
            until(is_ok(gw))
    flags = broker.connects[0][7]
    assert not flags & 0x02  # clean session
    assert broker.connects[0].endswith(b"\x00\x02gw\x00\x07gw-user\x00\x06s3cret")


def test_a_password_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("x")
    (tmp_path / "password").chmod(0o644)
    with FarEnd() as far, ScriptedBroker() as broker:
        login = chosen(tmp_path, far, broker, username="u", password_file="password")
        with pytest.raises(SettingsError, match="can be read by others"), Gateway(login, tmp_path):
            pass


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        (TOPIC, b"{broken", "not JSON"),
        (TOPIC, b'{"id": "b1"}', "not a reading: .*main"),
        ("farm/other/reading", encode_payload(fresh(1)), "id 'b1' is not the one in the topic, 'other'"),
        (TOPIC, b'{"id": "b1", "main": {}, "date": "2035-01-01T00:00:00Z"}', "after its arrival"),
        (TOPIC, b"x" * 5000, "longer than 4096"),
    ],
)
def test_what_is_no_reading_is_recorded_and_answered(
    tmp_path: Path, topic: str, payload: bytes, reason: str
) -> None:
    with FarEnd() as far, ScriptedBroker() as broker, running(chosen(tmp_path, far, broker), tmp_path) as gw:
        until(is_ok(gw))
        for packet_id in (1, 2):
            broker.deliver(topic, payload, packet_id)
        until(lambda: broker.pubacks == [1, 2])
        known = reject_id(f"mqtt:{topic}", payload)
        board = topic.split("/")[1]
        assert broker.published == [(f"farm/{board}/ack", b'{"rejected":"%s"}' % known.encode())] * 2
        until(lambda: len(far.records("farm.rejected")) == 1)
        record = far.records("farm.rejected")[0]
        assert (record["reject_id"], record["source"]) == (known, f"mqtt:{topic}")
        assert re.search(reason, record["reason"])
        assert gw.health()["rejected"] == 2


def test_flat_json_passes_and_needs_no_answer(tmp_path: Path) -> None:
    flat = b'{"id": 77, "date": "2020/06/01 12:00:00", "main": {"humidity": 50.1, "whc": 31.2}}'
    with FarEnd() as far, ScriptedBroker() as broker:
        tokyo = replace(chosen(tmp_path, far, broker), legacy_time_zone="Asia/Tokyo")
        with running(tokyo, tmp_path) as gw:
            until(is_ok(gw))
            broker.deliver("farm/77/reading", flat, 9)
            until(lambda: broker.pubacks == [9])
            until(lambda: len(far.records()) == 1)
    assert broker.published == []
    assert far.records()[0]["date"] == "2020-06-01T03:00:00.000Z"
    assert far.records()[0]["main"]["moisture"] == 31.2


def test_qos_0_and_a_topic_of_another_shape(tmp_path: Path) -> None:
    with FarEnd() as far, ScriptedBroker() as broker, running(chosen(tmp_path, far, broker), tmp_path) as gw:
        until(is_ok(gw))
        broker.deliver(TOPIC, encode_payload(fresh(1)), 0, qos=0)
        broker.deliver("elsewhere", b"x", 3)
        until(lambda: broker.pubacks == [3])
        until(lambda: len(far.records()) == len(far.records("farm.rejected")) == 1)


def test_a_broken_connection_is_made_again(tmp_path: Path) -> None:
    """Telegraf #17104: readings lost at QoS 1."""
    with FarEnd() as far, ScriptedBroker() as broker, running(chosen(tmp_path, far, broker), tmp_path) as gw:
        for i in range(3):
            until(lambda i=i: broker.subscribed == i + 1)
            broker.deliver(TOPIC, encode_payload(fresh(0)), i + 1)  # as a broker repeats what was not acked
            until(lambda i=i: broker.pubacks == list(range(1, i + 2)))
            broker.cut()
        until(lambda: gw.health()["duplicates"] == 2)
        until(lambda: len(far.records()) == 1)


def test_a_packet_that_is_none_ends_the_connection_not_the_gateway(tmp_path: Path) -> None:
    with FarEnd() as far, ScriptedBroker() as broker, running(chosen(tmp_path, far, broker), tmp_path) as gw:
        for i, broken in enumerate(
            (b"\x32\x01\x00", b"\x32\x05\x00\xff\x00\x00\x00", b"\x00\x00", b"\xff" * 9)
        ):
            until(lambda i=i: broker.subscribed == i + 1)
            broker.raw(broken)
            if broken[0] == 0:
                broker.cut()
        until(lambda: broker.subscribed == 5)
        until(is_ok(gw))


def test_a_topic_that_is_not_utf_8_is_refused_once_and_for_all(tmp_path: Path) -> None:
    with FarEnd() as far, ScriptedBroker() as broker, running(chosen(tmp_path, far, broker), tmp_path) as gw:
        until(is_ok(gw))
        broker.raw(b"\x32\x06\x00\x01\xff\x00\x05x")
        until(lambda: broker.pubacks == [5])
        until(lambda: [r["source"] for r in far.records("farm.rejected")] == ["mqtt:not UTF-8"])


@pytest.mark.parametrize(
    ("broker", "state"),
    [
        (ScriptedBroker(connack=CONNACK_NOT_AUTHORISED), "refused by the broker: Not authorized"),
        (ScriptedBroker(granted=0x80), "may not subscribe to farm/+/reading"),
    ],
    ids=["login", "subscription"],
)
def test_a_refusal_is_said(tmp_path: Path, broker: ScriptedBroker, state: str) -> None:
    with FarEnd() as far, broker, running(chosen(tmp_path, far, broker), tmp_path) as gw:
        until(lambda: gw.health()["sources"] == {f"mqtt:127.0.0.1:{broker.port}": state})
        assert gw.health()["status"] == "degraded"


def test_no_broker_stops_no_other_source(tmp_path: Path) -> None:
    with FarEnd() as far, ScriptedBroker() as broker:
        table = chosen(tmp_path, far, broker)
    with (
        FarEnd(port=far.port),
        PtyBoard(tmp_path / "serial" / "one") as board,
        running(table, tmp_path) as gw,
    ):
        until(lambda: "cannot connect" in str(gw.health()["problems"]))
        until(lambda: gw.health()["sources"]["serial:one"] == "ok")
        board.say(line(0))
        until(lambda: board.hears() == b"A 1 0\r\n")


def test_a_board_may_come_over_mqtt_and_serial(tmp_path: Path) -> None:
    with FarEnd() as far, ScriptedBroker() as broker:
        table = chosen(tmp_path, far, broker)
        with PtyBoard(tmp_path / "serial" / "one") as board, running(table, tmp_path) as gw:
            until(is_ok(gw))
            until(lambda: gw.health()["sources"]["serial:one"] == "ok")
            board.say(line(0))
            broker.deliver(TOPIC, encode_payload(fresh(0)), 1)
            until(lambda: board.hears() == b"A 1 0\r\n" and broker.pubacks == [1])
            until(lambda: gw.spool.rows == 0)
        assert len(far.records()) == 1
