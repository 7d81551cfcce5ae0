"""Part `alerts`: milliseconds from a reading's hand-over to Kafka's producer until its alert event is read.

Only query `events` runs, as in the pipeline: 2,000 sensors in fields, the rules that ship. One reading in ten
breaks a rule. The time is taken from `date` in the event, whole milliseconds, to its arrival at a consumer of
our own, so both producers and the consumer are in it. The boundaries of the query's trigger are in it too: a
pause is the longest time within a run of events that took over a tenth of a second.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from confluent_kafka import Consumer
from msgspec import Struct
from rich.console import Console

from benchmarks.figures import percentile
from benchmarks.streaming.application import application
from benchmarks.streaming.farm import plant
from benchmarks.streaming.part import Options, Part
from benchmarks.streaming.rule_change import rule_live
from benchmarks.streaming.servers import Servers
from telemetry.clock import duration
from telemetry.errors import FarmstreamError
from telemetry.topics import ALERT_EVENTS

__all__ = ["RateFigures", "figures_of", "pauses", "run"]

TRIGGERS = 3
_SLOW, _APART = 100.0, 3.0
_WARM_UP = 30.0
_GOAL = 1000.0
"""Readings/s at which the figures are those of the report."""


class RateFigures(Struct, frozen=True, kw_only=True):
    """At one rate: `alerts` that came, `missing` of those that were to; pauses (s since the first, ms)."""

    readings_per_s: float
    seconds: float
    alerts: int
    missing: int
    p50_ms: float
    p99_ms: float
    p999_ms: float
    max_ms: float
    pauses: tuple[tuple[float, float], ...]


class Came(Struct, frozen=True):
    """An event: when it came (seconds since 1970), and how long it took (ms)."""

    at: float
    took: float


def run(servers: Servers, options: Options, console: Console) -> Part:
    """Measure each rate over three triggers and a bit, after a warm-up."""
    plant(servers)
    seconds = TRIGGERS * duration(options.trigger) + 10
    found = []
    settings = {"triggers": {"events": options.trigger}, "master_refresh": "10m"}
    with application(servers, "alerts", ["events"], **settings), console.status("") as shown:
        shown.update("Warming up …")
        _measured(servers, 500.0, _WARM_UP, 0)
        for number, rate in enumerate(options.rates, 1):
            shown.update(f"{rate:,.0f} readings/s for {seconds:.0f} s …")
            found.append(_measured(servers, rate, seconds, number))
    console.print("Rules that are changed …")
    try:
        return _part(found, rule_live(servers))
    except FarmstreamError as why:  # what took most of an hour is told all the same
        return _part(found, (), str(why))


def _part(found: Sequence[RateFigures], live: Sequence[float], why: str = "") -> Part:
    header = ("readings/s", "alerts", "missing", "p50 ms", "p99 ms", "p99.9 ms", "longest ms", "ms at s")
    rows = [
        (
            f"{f.readings_per_s:,.0f}", f"{f.alerts:,}", str(f.missing), f"{f.p50_ms:.1f}", f"{f.p99_ms:.1f}",
            f"{f.p999_ms:.1f}", f"{f.max_ms:.0f}", ", ".join(f"{ms:.0f} at {at:.0f}" for at, ms in f.pauses),
        )
        for f in found
    ]  # fmt: skip
    main = [f for f in found if f.readings_per_s == _GOAL]
    figures = {"alert_p50_ms": main[0].p50_ms, "alert_p99_ms": main[0].p99_ms} if main else {}
    figures |= {"rule_live_s": max(live)} if live else {}
    told = (
        f"from a changed rule to its first event: {why or ', '.join(f'{seconds:.1f} s' for seconds in live)}"
    )
    return Part(figures=figures, rows=[header, *rows], details=list(found), notes=(told,))


def figures_of(rate: float, seconds: float, wanted: int, came: Sequence[Came]) -> RateFigures:
    """The figures of what came, by arrival."""
    if not came:
        raise FarmstreamError(f"No alert came at {rate:,.0f} readings/s: see the application's log.")
    ordered = sorted(each.took for each in came)
    p50, p99, p999 = (round(percentile(ordered, share), 1) for share in (0.5, 0.99, 0.999))
    return RateFigures(
        readings_per_s=rate, seconds=seconds, alerts=len(came), missing=wanted - len(came),
        p50_ms=p50, p99_ms=p99, p999_ms=p999, max_ms=round(ordered[-1], 1), pauses=tuple(pauses(came)),
    )  # fmt: skip


def pauses(came: Sequence[Came]) -> Iterator[tuple[float, float]]:
    """When each run of slow events began (s since the first event), and the longest time in it (ms).

    Runs lie seconds apart.
    """
    last = begun = longest = 0.0
    for each in came:
        if each.took < _SLOW:
            continue
        if longest and each.at - last > _APART:
            yield begun, longest
            longest = 0.0
        last, begun = each.at, begun if longest else round(each.at - came[0].at, 1)
        longest = round(max(longest, each.took), 1)
    if longest:
        yield begun, longest


def _measured(servers: Servers, rate: float, seconds: float, number: int) -> RateFigures:
    """Feed at `rate`, and read what comes of it until nothing more does."""
    words = [servers.bootstrap, str(rate), str(seconds), str(number)]
    came: dict[str, Came] = {}
    fed = threading.Event()
    reader = threading.Thread(target=_read, args=(servers.bootstrap, number, came, fed), daemon=True)
    reader.start()
    argv = [sys.executable, "-m", "benchmarks.streaming.feed", *words]
    done = subprocess.run(argv, check=True, capture_output=True, text=True)
    fed.set()
    reader.join()
    return figures_of(rate, seconds, int(done.stdout), sorted(came.values(), key=lambda each: each.at))


def _read(bootstrap: str, number: int, came: dict[str, Came], fed: threading.Event) -> None:
    """Note the first of each event of this run; ends when all is fed and nothing has come for a while."""
    consumer = Consumer({
        "bootstrap.servers": bootstrap, "group.id": f"bench-{number}-{time.time_ns()}",
        "auto.offset.reset": "earliest", "enable.auto.commit": False, "fetch.wait.max.ms": 5, "log_level": 2,
    })  # fmt: skip
    consumer.subscribe([ALERT_EVENTS.name])
    quiet = time.monotonic() + 120
    while not (fed.is_set() and time.monotonic() > quiet):
        message = consumer.poll(0.2)
        if message is None or message.error() is not None:
            continue
        now, event = time.time(), msgspec.json.decode(message.value() or b"{}")
        if event["boot"] == number:
            took = (now - datetime.fromisoformat(event["date"]).timestamp()) * 1000
            came.setdefault(event["event_id"], Came(now, took))
            quiet = time.monotonic() + 8
    consumer.close()
