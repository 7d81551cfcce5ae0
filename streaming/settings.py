"""The settings of `python -m streaming.app --config streaming.toml`."""

import os
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct

from telemetry.clock import duration
from telemetry.errors import SettingsError
from telemetry.settings import load_settings

__all__ = ["CassandraSettings", "KafkaSettings", "Settings", "Triggers", "read_settings"]

Port = Annotated[int, Meta(ge=1, le=65535)]
Count = Annotated[int, Meta(ge=1)]


class KafkaSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`max_offsets` bounds one batch of one query; without `fail_on_data_loss` a gap in a topic is skipped."""

    bootstrap: str
    max_offsets: Count = 50_000
    fail_on_data_loss: bool = True


class CassandraSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the tables are; user and password only where the cluster asks for them."""

    host: str = "127.0.0.1"
    port: Port = 9042
    keyspace: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,47}$")] = "farm"
    user: str | None = None
    password_file: Path | None = None


class Triggers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The pause between the starts of two batches of each query; a batch that takes longer is followed at once."""

    join: str = "1s"
    readings: str = "1s"
    windows: str = "5s"
    rejected: str = "5s"


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings; durations are texts such as `90s`, `10m`."""

    kafka: KafkaSettings
    cassandra: CassandraSettings = CassandraSettings()
    triggers: Triggers = Triggers()
    checkpoints: Path
    progress: Path
    jars: tuple[Path, ...] = ()
    legacy_time_zone: str = "UTC"
    max_ahead: str = "10m"
    window: str = "5m"
    slide: str = "1m"
    watermark: str = "10m"
    min_count: Count = 1
    master_refresh: str = "5s"
    give_up_after: str = "10m"
    cores: Count = 2
    partitions: Count = 2
    driver_memory: Annotated[str, Meta(pattern="^[0-9]+[mg]$")] = "900m"
    state_memory_mb: Count = 160


def read_settings(path: Path) -> Settings:
    """Settings from a TOML file; SettingsError names what is wrong. Relative paths are relative to the file."""
    settings = load_settings(path, Settings)
    _check(path, settings)
    return settings


def _check(path: Path, settings: Settings) -> None:
    try:
        ZoneInfo(settings.legacy_time_zone)
    except (ZoneInfoNotFoundError, ValueError) as why:
        zone = settings.legacy_time_zone
        raise SettingsError(
            f"{path}: legacy_time_zone '{zone}' is not a time zone such as Asia/Tokyo."
        ) from why
    window, slide = duration(settings.window), duration(settings.slide)
    for text in (settings.max_ahead, settings.watermark, settings.master_refresh, settings.give_up_after):
        duration(text)
    for name in Triggers.__struct_fields__:
        duration(getattr(settings.triggers, name))
    if not 0 < slide <= window:
        raise SettingsError(f"{path}: slide must be more than 0 and at most window ({settings.window}).")
    if missing := [str(jar) for jar in settings.jars if not os.access(jar, os.R_OK)]:
        raise SettingsError(f"{path}: the jar {missing[0]} is missing: run `farmstream up` to fetch it.")
