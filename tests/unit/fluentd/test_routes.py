"""Tags to topics, keys, canonical values; what can never be delivered becomes a rejected record."""

import json
from base64 import b64decode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgpack
import pytest

from fluentd.errors import UnknownTag
from fluentd.protocol import Chunk
from fluentd.routes import messages
from telemetry.topics import READINGS, REJECTED, ROUTES

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
LIMIT = 2_000


def route(tag: str, *records: Any) -> list[Any]:
    return messages(Chunk(tag, list(records), "c"), LIMIT, NOW)


@pytest.mark.parametrize("tag, topic, key", ROUTES)
def test_each_tag_has_its_topic_and_key(tag: str, topic: Any, key: str) -> None:
    record = {key: "k-1", "x": 1.5, "late": False, "note": "größer", "none": None}
    (message,) = route(tag, record)
    assert (message.topic, message.key) == (topic.name, b"k-1")
    assert message.value == json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()


def test_the_order_within_a_chunk_stays() -> None:
    assert [m.key for m in route("farm.reading", *({"id": str(n)} for n in range(50)))] == [
        str(n).encode() for n in range(50)
    ]


def test_the_integer_id_of_older_boards_is_a_key() -> None:
    assert route("farm.reading", {"id": 1851632})[0].key == b"1851632"


UNFIT = {
    "no key": ({"x": 1}, "The record has no id."),
    "an empty key": ({"id": ""}, "The record has no id."),
    "a key that is a list": ({"id": [1]}, "The record has no id."),
    "no map": ([1, 2], "The record has no id."),
    "nothing": (None, "The record has no id."),
    "too large": (
        {"id": "1", "x": "y" * LIMIT},
        f"The record has {LIMIT + 17} bytes, more than Kafka takes.",
    ),
}


@pytest.mark.parametrize(("record", "reason"), UNFIT.values(), ids=UNFIT)
def test_an_unfit_record_is_rejected_with_its_bytes(record: Any, reason: str) -> None:
    before, refused, after = route("farm.reading", {"id": "a"}, record, {"id": "b"})
    assert (before.topic, after.topic) == (READINGS.name, READINGS.name)
    told = json.loads(refused.value)
    raw = json.dumps(record, separators=(",", ":")).encode()
    assert refused.topic == REJECTED.name
    assert refused.key.decode() == told["reject_id"] == sha256(b"fluentd:farm.reading\0" + raw).hexdigest()
    assert b64decode(told["raw"]) == raw[:4096]
    assert (told["stage"], told["source"]) == ("fluentd", "fluentd:farm.reading")
    assert (told["reason"], told["received"]) == (reason, "2026-11-24T02:00:00.000Z")


@pytest.mark.parametrize("value", ["\udcff", msgpack.Timestamp(1)])
def test_what_json_cannot_say_is_rejected(value: Any) -> None:
    (refused,) = route("farm.reading", {"id": "1", "x": value})
    assert refused.topic == REJECTED.name
    assert json.loads(refused.value)["reason"].startswith("Not JSON: ")


def test_a_huge_record_makes_a_small_rejected_one() -> None:
    (refused,) = route("farm.reading", {"id": "1", "x": "y" * 2_000_000})
    assert len(refused.value) < 8_192


def test_an_unknown_tag_is_named() -> None:
    with pytest.raises(UnknownTag, match=r"'farm\.readings' has no Kafka topic: send one of farm\.reading"):
        route("farm.readings", {"id": "1"})
