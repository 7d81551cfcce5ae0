"""The hop into Kafka: one set of tests for the embedded collector and for an installed Fluentd.

Both keep the gateway's promise: what was acknowledged gets into Kafka. The collector acknowledges once
Kafka has it, Fluentd once its file buffer has it.
"""

import json
import socket
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen
from uuid import uuid4

import msgpack
import pytest

from compose.local.java import Java
from fluentd.installed import fluentd_available
from telemetry.topics import READINGS, REJECTED
from tests.local.fluentd_hops import HOST, Hop, OwnKafka, Sender, embedded, eventually, installed
from tests.servers import Jars, kafka_in, make_home

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def broker(java: Java, jars: Jars, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnKafka]:
    with OwnKafka(kafka_in(make_home(tmp_path_factory.mktemp("hop-kafka")), java, jars)) as kafka:
        yield kafka


@pytest.fixture(params=["embedded", pytest.param("fluentd", marks=pytest.mark.fluentd)])
def hop(request: pytest.FixtureRequest, broker: OwnKafka, tmp_path: Path) -> Iterator[Hop]:
    if request.param == "embedded":
        made = embedded(tmp_path, broker.bootstrap)
    else:
        command, reason = fluentd_available()
        if command is None:
            pytest.skip(reason)
        made = installed(command, tmp_path, broker.bootstrap)
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture
def mark() -> str:
    """In every id of one test."""
    return uuid4().hex[:8]


def readings(mark: str, count: int, start: int = 0) -> list[Any]:
    main = {"temperature": 20.25, "humidity": None, "ph": 6.41, "moisture": 31.2}
    return [{"id": f"{mark}-{n}", "seq": n, "main": main, "late": False} for n in range(start, start + count)]


def deliver(hop: Hop, *chunks: list[Any], tag: str = "farm.reading") -> None:
    """Sends each list as a chunk and waits for its ack."""
    with Sender(hop) as sender:
        for n, records in enumerate(chunks):
            sender.send(str(n), records, tag)
            assert sender.ack() == str(n)


def in_kafka(broker: OwnKafka, mark: str, count: int) -> list[Any]:
    """(key, value) in `sensor-data`, once `count` different keys are there."""
    return broker.read(READINGS, mark, lambda found: len({key for key, _ in found}) >= count)


def test_topic_and_key_by_tag(hop: Hop, broker: OwnKafka, mark: str) -> None:
    sent = readings(mark, 20)
    refused = {"reject_id": f"{mark}-r", "stage": "gateway", "raw": "AA==", "reason": "größer"}
    deliver(hop, sent)
    deliver(hop, [refused], tag="farm.rejected")
    assert sorted((key, json.loads(value)["id"]) for key, value in in_kafka(broker, mark, 20)) == sorted(
        (record["id"], record["id"]) for record in sent
    )
    assert [json.loads(v) for _, v in sorted(in_kafka(broker, mark, 20), key=_seq)] == sent
    ((key, value),) = broker.read(REJECTED, mark, bool)
    assert (key, json.loads(value)) == (f"{mark}-r", refused)


def _seq(message: Any) -> int:
    return int(json.loads(message[1])["seq"])


def test_all_modes_of_the_protocol(hop: Hop, broker: OwnKafka, mark: str) -> None:
    one, two, three = readings(mark, 3)
    with Sender(hop) as sender:
        sender.raw(msgpack.packb(["farm.reading", 1, one, {"chunk": "message"}]))
        sender.raw(
            msgpack.packb(["farm.reading", [[msgpack.ExtType(0, bytes(8)), two]], {"chunk": "forward"}])
        )
        sender.send("packed", [three])
        assert {sender.ack() for _ in range(3)} == {"message", "forward", "packed"}
    in_kafka(broker, mark, 3)


def test_fluent_bit_11527_an_acked_chunk_is_not_lost(hop: Hop, broker: OwnKafka, mark: str) -> None:
    """Kafka does not answer and the hop is killed: what it has acknowledged by then gets into Kafka."""
    with broker.paused():
        with Sender(hop) as sender:
            sender.send("c", readings(mark, 50))
            acked = _acked(sender)
        assert acked is not hop.acks_after_kafka
        hop.kill()
        hop.start()
    if not acked:
        deliver(hop, readings(mark, 50))
    in_kafka(broker, mark, 50)


def _acked(sender: Sender) -> bool:
    try:
        return sender.ack(timeout=5) == "c"
    except TimeoutError:
        return False


def test_a_chunk_is_acked_when_kafka_answers_again(hop: Hop, broker: OwnKafka, mark: str) -> None:
    with Sender(hop) as sender:
        with broker.paused():
            sender.send("c", readings(mark, 50))
            assert _acked(sender) is not hop.acks_after_kafka
        if hop.acks_after_kafka:
            assert sender.ack() == "c"
    in_kafka(broker, mark, 50)


def test_a_restart_of_kafka_loses_nothing(hop: Hop, broker: OwnKafka, mark: str) -> None:
    deliver(hop, readings(mark, 10))
    chunks = {str(n): readings(mark, 10, start=10 * n) for n in range(1, 4)}
    with ThreadPoolExecutor() as pool:
        with broker.down():
            sending = pool.submit(send_until_acked, hop, chunks)
        sending.result()
    in_kafka(broker, mark, 40)


def send_until_acked(hop: Hop, chunks: dict[str, list[Any]], window: int = 8) -> None:
    """As the gateway does: what is not acknowledged goes again, over a new connection."""
    left = dict(chunks)

    def attempt() -> bool:
        try:
            with Sender(hop) as sender:
                while left:
                    batch = list(left)[:window]
                    for chunk in batch:
                        sender.send(chunk, left[chunk])
                    for _ in batch:
                        del left[sender.ack()]
        except OSError:
            return False
        return True

    eventually("all chunks acknowledged", attempt)


def test_kill_9_in_the_middle_loses_nothing(hop: Hop, broker: OwnKafka, mark: str) -> None:
    chunks = {str(n): readings(mark, 50, start=50 * n) for n in range(400)}
    with ThreadPoolExecutor() as pool:
        sending = pool.submit(send_until_acked, hop, chunks)
        for share in (0.1, 0.5):
            broker.read(READINGS, mark, lambda found, share=share: len(found) >= 20_000 * share)
            hop.kill()
            hop.start()
        sending.result()
    assert {key for key, _ in in_kafka(broker, mark, 20_000)} == {f"{mark}-{n}" for n in range(20_000)}


def test_what_kafka_can_never_take_blocks_nothing(hop: Hop, broker: OwnKafka, mark: str) -> None:
    before, after = readings(mark, 2)
    huge = {"id": f"{mark}-huge", "note": "x" * 2_000_000}
    deliver(hop, [before, huge, {"note": f"{mark} has no id"}], [after])
    in_kafka(broker, mark, 2)
    found = broker.read(REJECTED, "fluentd:farm.reading", lambda all_: len(_of(all_, mark)) >= 2)
    records = _of(found, mark)
    assert {record["reason"] for record in records} == {
        f"The record has {len(json.dumps(huge, separators=(',', ':')))} bytes, more than Kafka takes.",
        "The record has no id.",
    }
    assert all(key == record["reject_id"] for key, value in found for record in [json.loads(value)])


def _of(found: list[Any], mark: str) -> list[Any]:
    records = [json.loads(value) for _, value in found]
    return [record for record in records if mark.encode() in b64decode(record["raw"])]


GARBAGE = {
    "http": b"GET / HTTP/1.1\r\n\r\n",
    "noise": bytes(range(255, 0, -1)) * 100,
    "an endless array": b"\x92\xacfarm.reading\xdd\xff\xff\xff\xff" + b"\x92\x01\x80" * 1000,
    "a cut message": msgpack.packb(["farm.reading", [[1, {"id": "1"}]]])[:-4],
    "nothing": b"",
}


def test_garbage_costs_its_own_connection_only(hop: Hop, broker: OwnKafka, mark: str) -> None:
    with Sender(hop) as good:
        good.send("before", readings(mark, 5))
        assert good.ack() == "before"
        for data in GARBAGE.values():
            with socket.create_connection((HOST, hop.port)) as bad:
                bad.sendall(data)
        good.send("after", readings(mark, 5, start=5))
        assert good.ack() == "after"
    assert hop.process is not None
    assert hop.process.poll() is None
    in_kafka(broker, mark, 10)


def test_many_connections_at_once(hop: Hop, broker: OwnKafka, mark: str) -> None:
    def one(number: int) -> None:
        deliver(hop, *(readings(mark, 10, start=100 * number + 10 * n) for n in range(10)))

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(one, range(50)))
    in_kafka(broker, mark, 5_000)


def test_sigterm_ends_in_order(hop: Hop, broker: OwnKafka, mark: str) -> None:
    with Sender(hop) as sender:
        sender.send("c", readings(mark, 100))
        assert sender.ack() == "c"
        assert hop.stop() == 0
    hop.start()
    in_kafka(broker, mark, 100)


def test_health_follows_kafka(broker: OwnKafka, tmp_path: Path) -> None:
    hop = embedded(tmp_path, broker.bootstrap)
    try:
        hop.start()
        eventually("ok", lambda: _health(hop)["status"] == "ok")
        with broker.paused():
            eventually("degraded", lambda: _health(hop)["status"] == "degraded")
        eventually("ok again", lambda: _health(hop)["status"] == "ok")
        deliver(hop, readings("health", 7))
        told = _health(hop)
        assert (told["received"], told["delivered"], told["failed"]) == (7, 7, 0)
        with urlopen(f"http://{HOST}:{hop.http_port}/metrics", timeout=10) as answer:
            assert b"fluentd_delivered_total 7.0" in answer.read()
    finally:
        hop.close()


def _health(hop: Hop) -> Any:
    try:
        with urlopen(f"http://{HOST}:{hop.http_port}/health", timeout=10) as answer:
            return json.load(answer)
    except HTTPError as why:
        with why:
            return json.load(why)


def test_it_starts_before_kafka_and_delivers_once_it_is_there(
    broker: OwnKafka, tmp_path: Path, mark: str
) -> None:
    hop = embedded(tmp_path, broker.bootstrap)
    try:
        with broker.down():
            hop.start()
            assert _health(hop)["status"] == "degraded"
        deliver(hop, readings(mark, 5))
        in_kafka(broker, mark, 5)
    finally:
        hop.close()
