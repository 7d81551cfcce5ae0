"""Latency by hop, of readings of which some instants may be missing."""

from typing import Any, cast

from confluent_kafka import Message
from msgspec import Struct

from benchmarks.trace import Key, Trace, latencies, record_times

_ONE: Key = ("a", 1, 1)
_TWO: Key = ("a", 1, 2)


def test_a_reading_without_an_instant_is_left_out_of_its_hops_alone() -> None:
    trace = Trace(
        sent={_ONE: 0.0, _TWO: 0.0},
        received={_ONE: 5.0, _TWO: 7.0},
        queued={_ONE: 15.0},
        joined={_ONE: 40.0, _TWO: 50.0},
        stored={_ONE: 90.0, _TWO: 99.0},
        via={_ONE: "mqtt", _TWO: "serial"},
    )
    found = {
        hop: spread and (spread.count, spread.max_ms)
        for hop, spread in latencies(trace, [_ONE, _TWO]).items()
    }
    assert found == {
        "board to gateway": (2, 7.0),
        "gateway to Kafka": (1, 10.0),
        "Kafka to joined": (1, 25.0),
        "joined to Cassandra": (2, 50.0),
        "board to Cassandra": (2, 99.0),
    }


class Told(Struct):
    """A message as the consumer tells it; without `content` the end of its partition."""

    number: int
    content: bytes | None = None

    def value(self) -> bytes | None:
        return self.content

    def error(self) -> str | None:
        return None if self.content else "end of partition"

    def partition(self) -> int:
        return self.number

    def timestamp(self) -> tuple[int, int]:
        return 1, 5


def test_an_end_that_is_told_again_is_not_that_of_another_partition() -> None:
    late = Told(1, b'{"id":"a","boot":1,"seq":1}')
    rounds: list[list[Any]] = [[Told(0), Told(0), Told(0)], [Told(0), late], [Told(0), Told(1)]]
    assert record_times(lambda: cast("list[Message]", rounds.pop(0)), {0, 1}) == {_ONE: 5.0}
    assert not rounds
