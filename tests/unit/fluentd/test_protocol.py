"""The forward protocol: every mode, cut anywhere, and whatever else may come in on a port."""

import gzip
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluentd.errors import ProtocolError
from fluentd.protocol import Chunk, Decoder, encode_ack

RECORDS = [{"id": "1", "x": 1.5, "note": "größer"}, {"id": "2", "x": None}]
EVENT_TIME = msgpack.ExtType(0, bytes(8))


def entries(time: Any = 1_764_000_000) -> list[Any]:
    return [[time, record] for record in RECORDS]


def packed(time: Any = 1_764_000_000) -> bytes:
    return b"".join(msgpack.packb(entry) for entry in entries(time))


MODES = {
    "message": (["farm.reading", 1, RECORDS[0], {"chunk": "c"}], RECORDS[:1]),
    "forward": (["farm.reading", entries(), {"chunk": "c", "size": 2}], RECORDS),
    "packed": (["farm.reading", packed(), {"chunk": "c", "size": 2}], RECORDS),
    "event time": (["farm.reading", packed(EVENT_TIME), {"chunk": "c"}], RECORDS),
    "float time": (["farm.reading", packed(1.5), {"chunk": "c"}], RECORDS),
    "gzip": (["farm.reading", gzip.compress(packed()), {"chunk": "c", "compressed": "gzip"}], RECORDS),
    "two gzip members": (
        ["farm.reading", gzip.compress(packed()) * 2, {"chunk": "c", "compressed": "gzip"}],
        RECORDS * 2,
    ),
}


@pytest.mark.parametrize(("message", "records"), MODES.values(), ids=MODES)
def test_each_mode_gives_its_records(message: list[Any], records: list[Any]) -> None:
    assert Decoder().feed(msgpack.packb(message)) == [Chunk("farm.reading", records, "c")]


@given(st.data())
def test_a_stream_may_be_cut_anywhere(data: st.DataObject) -> None:
    wire = b"".join(msgpack.packb(message) for message, _ in MODES.values())
    cuts = data.draw(st.lists(st.integers(0, len(wire)), max_size=8).map(sorted))
    decoder = Decoder()
    chunks = []
    for start, end in zip([0, *cuts], [*cuts, len(wire)], strict=True):
        chunks += decoder.feed(wire[start:end])
    assert [chunk.records for chunk in chunks] == [records for _, records in MODES.values()]


def test_without_a_chunk_no_answer_is_wanted() -> None:
    for option in ([], [None], [{}], [{"size": 2}]):
        (chunk,) = Decoder().feed(msgpack.packb(["farm.reading", packed(), *option]))
        assert chunk.id is None


def test_entries_packed_as_a_string_survive_whatever_bytes_they_have() -> None:
    data = packed(EVENT_TIME) + msgpack.packb([1, {"id": "ÿ" * 200}])
    wire = b"\x92" + msgpack.packb("farm.reading") + b"\xda" + len(data).to_bytes(2, "big") + data
    (chunk,) = Decoder().feed(wire)
    assert chunk.records == [*RECORDS, {"id": "ÿ" * 200}]


def test_heartbeats_are_no_messages() -> None:
    assert Decoder().feed(b"\xc0\xc0" + msgpack.packb(["farm.reading", packed()])) != []
    assert Decoder().feed(b"\xc0") == []


def test_an_ack_bears_the_chunk() -> None:
    assert msgpack.unpackb(encode_ack("c")) == {"ack": "c"}


GARBAGE = {
    "http": b"GET / HTTP/1.1\r\n\r\n",
    "an invalid byte": b"\xc1",
    "no array": msgpack.packb({"a": 1}),
    "an empty array": msgpack.packb([]),
    "a tag that is no string": msgpack.packb([1, packed()]),
    "no entries": msgpack.packb(["farm.reading", None]),
    "an entry that is none": msgpack.packb(["farm.reading", [5]]),
    "a time that is none": msgpack.packb(["farm.reading", [["now", {}]]]),
    "another extension as time": msgpack.packb(["farm.reading", [[msgpack.ExtType(7, b"1"), {}]]]),
    "an option that is no map": msgpack.packb(["farm.reading", packed(), [1]]),
    "a chunk that is no string": msgpack.packb(["farm.reading", packed(), {"chunk": 5}]),
    "too long": msgpack.packb(["farm.reading", packed(), {}, {}]),
    "a cut entry": msgpack.packb(["farm.reading", packed()[:-1]]),
    "no gzip": msgpack.packb(["farm.reading", packed(), {"compressed": "gzip"}]),
    "cut gzip": msgpack.packb(["farm.reading", gzip.compress(packed())[:-9], {"compressed": "gzip"}]),
    "another compression": msgpack.packb(["farm.reading", packed(), {"compressed": "zstd"}]),
    "an array of 4 billion": b"\xdd\xff\xff\xff\xff",
    "a map of 4 billion": b"\xdf\xff\xff\xff\xff",
    "a bottomless nest": b"\x91" * 5000,
    "a key that is no string": msgpack.packb(["farm.reading", [[1, {5: 5}]]]),
}


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_one_sentence(data: bytes) -> None:
    with pytest.raises(ProtocolError, match=r"^[A-Z].*\.$"):
        Decoder().feed(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_chunks_or_a_protocol_error(data: bytes) -> None:
    try:
        Decoder(max_message=1024).feed(data)
    except ProtocolError:
        return


ENDLESS = {
    "an array": (b"\xdc\x7f\xff", msgpack.packb([1, {"id": "1"}])),
    "a string of 4 GB": (b"\xdb\xff\xff\xff\xff", b"x" * 64),
}


@pytest.mark.parametrize(("start", "more"), ENDLESS.values(), ids=ENDLESS)
def test_a_message_without_end_is_refused(start: bytes, more: bytes) -> None:
    decoder = Decoder(max_message=1000)
    decoder.feed(b"\x92" + msgpack.packb("farm.reading") + start)
    with pytest.raises(ProtocolError, match="more than 1000 bytes"):
        for _ in range(200):
            decoder.feed(more)


def test_many_small_messages_are_no_large_one() -> None:
    decoder = Decoder(max_message=1000)
    wire = msgpack.packb(["farm.reading", 1, {"id": "1"}])
    assert len(decoder.feed(wire * 20)) == 20
    assert sum(len(decoder.feed(wire * 10)) for _ in range(50)) == 500


def test_a_gzip_bomb_stops_at_the_bound() -> None:
    bomb = gzip.compress(bytes(2**20))
    with pytest.raises(ProtocolError, match="unpacks to more than 4096 bytes"):
        Decoder(max_message=4096).feed(msgpack.packb(["farm.reading", bomb, {"compressed": "gzip"}]))
