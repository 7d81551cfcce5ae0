"""The settings of `python -m streaming.app --config streaming.toml`."""

import os
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta, Struct

from storage.settings import Cassandra
from streaming.quality.limits import Limits
from streaming.spark import Resources
from telemetry.errors import SettingsError
from telemetry.settings import load_settings, seconds
from telemetry.topics import READINGS

__all__ = ["QUERIES", "KafkaSettings", "Settings", "Triggers", "read_settings"]

Count = Annotated[int, Meta(ge=1)]

QUERIES = (
    "events", "join", "readings", "windows", "silence", "alert-book", "rejected", "downsample", "predictions",
    "quality", "hourly",
)  # fmt: skip
"""In the order of the data; each has a trigger of its name and a checkpoint folder."""


def _span(given: Struct, name: str) -> float:
    return seconds(name, getattr(given, name))


class KafkaSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`max_offsets` bounds a batch of a query; without `fail_on_data_loss` a gap in a topic is skipped.

    `topic_prefix` stands before every topic's name, for several pipelines on one cluster.
    """

    bootstrap: str
    topic_prefix: str = ""
    max_offsets: Count = 50_000
    fail_on_data_loss: bool = True


class Triggers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Time between the starts of two batches of each query; one that takes longer is followed at once."""

    events: str = "5m"
    join: str = "2s"
    readings: str = "2s"
    windows: str = "10s"
    silence: str = "20s"
    alert_book: str = msgspec.field(default="5s", name="alert-book")
    rejected: str = "5s"
    downsample: str = "20s"
    predictions: str = "1m"
    quality: str = "20s"
    hourly: str = "60s"

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            _span(self, name)

    def of(self, query: str) -> str:
        """The time of the query called so."""
        time: str = getattr(self, query.replace("-", "_"))
        return time


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings; durations are texts such as `90s`, `10m`. `queries` are those that run."""

    kafka: KafkaSettings
    cassandra: Cassandra = Cassandra()
    queries: tuple[str, ...] = QUERIES
    triggers: Triggers = Triggers()
    quality: Limits = Limits()
    checkpoints: str
    progress: str
    models: str | None = None
    jars: tuple[str, ...] = ()
    legacy_time_zone: str = "UTC"
    max_ahead: str = "10m"
    window: str = "5m"
    slide: str = "1m"
    watermark: str = "10m"
    min_count: Count = 1
    silence_delay: str = "1m"
    silence_buckets: Count = 64
    master_refresh: str = "5s"
    give_up_after: str = "10m"
    cores: Count = 4
    partitions: Count = 2
    driver_memory: Annotated[str, Meta(pattern="^[0-9]+[mg]$")] = "900m"
    state_memory_mb: Count = 160

    def __post_init__(self) -> None:
        _check_zone(self.legacy_time_zone)
        _check_queries(self.queries)
        for name in ("max_ahead", "watermark", "silence_delay", "master_refresh", "give_up_after"):
            _span(self, name)
        if not 0 < _span(self, "slide") <= _span(self, "window"):
            raise ValueError(f"slide must be more than 0 and at most window ({self.window})")

    @property
    def held(self) -> int:
        """Task slots that real-time queries hold all the time, one for each partition that they read."""
        return READINGS.partitions if "events" in self.queries else 0

    @property
    def resources(self) -> Resources:
        """What the Spark session may use."""
        return Resources(
            cores=self.cores + self.held,
            partitions=self.partitions,
            driver_memory=self.driver_memory,
            state_memory_mb=self.state_memory_mb,
            jars=self.jars,
        )


def read_settings(path: Path) -> Settings:
    """Settings from a TOML file; SettingsError names what is wrong."""
    settings = load_settings(path, Settings)
    if missing := [jar for jar in settings.jars if not os.access(jar, os.R_OK)]:
        raise SettingsError(f"{path}: the jar {missing[0]} is missing: run `farmstream up` to fetch it.")
    return settings


def _check_queries(names: tuple[str, ...]) -> None:
    if not names:
        raise ValueError(f"queries names none: use some of {', '.join(QUERIES)}")
    if strange := [name for name in names if name not in QUERIES]:
        raise ValueError(f"there is no query '{strange[0]}': queries are some of {', '.join(QUERIES)}")
    if len(set(names)) < len(names):
        raise ValueError("queries names one twice")


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as why:
        raise ValueError(f"legacy_time_zone '{name}' is not a time zone such as Asia/Tokyo") from why
