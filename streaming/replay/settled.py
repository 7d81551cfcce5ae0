"""Whether queries have done all that their topics hold, by their checkpoints.

A checkpoint has `sources/N/0`, where the source N began (the topics' names are in it), `offsets/B`, up to
where batch B goes in each source, and `commits/B` once that batch is done.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition

__all__ = ["left"]

_PATIENCE = 20.0


def left(consumer: Consumer, checkpoints: Path, queries: Iterable[str]) -> int | None:
    """How many records the queries have not committed yet; None while one of them has not begun."""
    topics: dict[str, int] = {}
    rest = 0
    for folder in (_checkpoint(checkpoints / name) for name in queries):
        reads = list(_topics(folder))
        if not reads:
            return None
        for topic in reads:
            topics.setdefault(topic, _held(consumer, topic))
        rest += sum(topics[topic] for topic in reads) - _done(folder)
    return rest


def _checkpoint(folder: Path) -> Path:
    """The folder itself, or the newest one in it where a query has a checkpoint for each of its shapes."""
    inside = sorted(folder.glob("*/sources"), key=lambda path: path.stat().st_mtime)
    return inside[-1].parent if inside else folder


def _topics(checkpoint: Path) -> Iterator[str]:
    for start in checkpoint.glob("sources/*/0"):
        text = start.read_text(errors="replace")
        if "{" in text:
            yield from json.loads(text[text.index("{") :])


def _held(consumer: Consumer, topic: str) -> int:
    partitions = consumer.list_topics(topic, timeout=_PATIENCE).topics[topic].partitions
    places = (TopicPartition(topic, number) for number in partitions)
    return sum(consumer.get_watermark_offsets(place, timeout=_PATIENCE)[1] for place in places)


def _done(checkpoint: Path) -> int:
    batches = [int(path.name) for path in (checkpoint / "commits").glob("[0-9]*")]
    if not batches:
        return 0
    lines = (checkpoint / "offsets" / str(max(batches))).read_text().splitlines()[2:]  # version, metadata
    sources = [json.loads(line) for line in lines if line.startswith("{")]
    return sum(sum(places.values()) for source in sources for places in source.values())
