import msgspec

from edge_gateway.chunks import chunks, within
from edge_gateway.entries import READING, REJECT, reading_entry, rejected_entry
from edge_gateway.spool import Row
from telemetry.reading import record
from telemetry.rejected import rejected_record
from tests.unit.edge_gateway.boards import NOON, reading

ROWS = [Row(1, READING, b"a"), Row(2, REJECT, b"b"), Row(3, READING, b"c")]


def test_one_chunk_for_each_tag() -> None:
    first, second = chunks(ROWS, "spool")
    assert (first.tag, first.entries, first.rows) == ("farm.reading", b"ac", 2)
    assert (second.tag, second.entries, second.rows) == ("farm.rejected", b"b", 1)


def test_the_name_is_of_the_rows_and_the_spool() -> None:
    names = {chunk.name for chunk in chunks(ROWS, "spool")}
    assert names == {chunk.name for chunk in chunks(list(ROWS), "spool")}
    assert not names & {chunk.name for chunk in chunks(ROWS, "another")}
    assert not names & {chunk.name for chunk in chunks(ROWS[2:], "spool")}
    assert len(names) == 2


def test_a_chunk_is_bounded_in_bytes_but_never_empty() -> None:
    rows = [Row(i, READING, b"x" * 10) for i in range(5)]
    assert within(rows, 35) == rows[:3]
    assert within(rows, 50) == rows
    assert within(rows, 5) == rows[:1]
    assert within([], 5) == []


def test_entries_are_the_canonical_records() -> None:
    time, fields = msgspec.msgpack.decode(reading_entry(reading()))
    assert (time, fields) == (int(NOON.timestamp()), record(reading()))
    refused = rejected_record("mqtt:x", b"raw", "why", NOON)
    assert msgspec.msgpack.decode(rejected_entry(refused, NOON)) == [int(NOON.timestamp()), refused]
