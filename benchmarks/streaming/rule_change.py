"""Seconds from a rule that is written to its first event, while readings come: a part of `alerts`.

The application as it is: it reads the rules again every `master_refresh`, and builds the real-time query anew
at most every 15 s. A change follows at once on the event of the one before, so that it has to wait longest.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from confluent_kafka import Consumer
from msgspec.structs import replace

from benchmarks.streaming.application import application
from benchmarks.streaming.servers import Servers
from storage.rules import write_rules
from storage.session import connect
from telemetry.errors import FarmstreamError
from telemetry.rule import Rule
from telemetry.topics import ALERT_EVENTS

__all__ = ["rule_live"]

CHANGES = 3
_RATE, _RUN, _PATIENCE = 100.0, 99, 300.0


def rule_live(servers: Servers) -> list[float]:
    """For each change how long it took; the rules are switched off at the end."""
    rules = [
        Rule(rule=f"bench-live-{n}", quantity="humidity", comparison="above", threshold=40.0)
        for n in range(CHANGES)
    ]
    with application(servers, "rules", ["events"]), _fed(servers.bootstrap), _events(servers) as events:
        next(event for event in events if event["boot"] == _RUN)
        try:
            return [_seconds(servers, rule, events) for rule in rules]
        finally:
            _write(servers, *(replace(rule, enabled=False) for rule in rules))


def _seconds(servers: Servers, rule: Rule, events: Iterator[dict[str, Any]]) -> float:
    began = time.monotonic()
    _write(servers, rule)
    next(event for event in events if event["rule"] == rule.rule)
    return round(time.monotonic() - began, 1)


def _write(servers: Servers, *rules: Rule) -> None:
    with connect(servers.tables) as session:
        write_rules(session, servers.tables, rules)


@contextmanager
def _fed(bootstrap: str) -> Iterator[None]:
    """Readings all the time; each has a humidity that the rules are about."""
    seconds = _PATIENCE * (CHANGES + 1)
    words = [bootstrap, str(_RATE), str(seconds), str(_RUN)]
    argv = [sys.executable, "-m", "benchmarks.streaming.feed", *words]
    child = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        child.terminate()
        child.wait()


@contextmanager
def _events(servers: Servers) -> Iterator[Iterator[dict[str, Any]]]:
    """What comes into `sensor-alert-events` from now on; FarmstreamError after minutes."""
    consumer = Consumer({
        "bootstrap.servers": servers.bootstrap, "group.id": f"bench-rules-{time.time_ns()}",
        "auto.offset.reset": "latest", "enable.auto.commit": False, "log_level": 2,
    })  # fmt: skip
    consumer.subscribe([ALERT_EVENTS.name])
    try:
        yield _each(consumer)
    finally:
        consumer.close()


def _each(consumer: Consumer) -> Iterator[dict[str, Any]]:
    until = time.monotonic() + _PATIENCE * CHANGES
    while time.monotonic() < until:
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            yield msgspec.json.decode(message.value() or b"{}")
    raise FarmstreamError("A changed rule has brought no event: see the application's log.")
