"""`gateway.toml`: what the gateway is called, where it listens, spools and sends.

Durations are text such as `5ms`, `30s`, `10m` (telemetry.clock.duration); paths are relative to the file.
"""

from typing import Annotated

from msgspec import Meta, Struct, field

from telemetry.clock import duration
from telemetry.errors import SettingsError
from telemetry.topics import reading_topic

__all__ = [
    "ForwardSettings", "GatewaySettings", "HttpSettings", "MqttSettings", "SerialSettings", "SpoolSettings",
]  # fmt: skip

Port = Annotated[int, Meta(ge=0, le=65535)]
Count = Annotated[int, Meta(ge=1)]
Text = Annotated[str, Meta(min_length=1)]


class SpoolSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The durable store; a group commit comes after `commit_rows` readings or `commit_after`."""

    path: Text
    max_rows: Count = 5_000_000
    min_free_mib: Annotated[int, Meta(ge=0)] = 64
    commit_rows: Count = 1000
    commit_after: str = "20ms"
    max_boards: Count = 100_000
    max_rejects: Count = 10_000

    def __post_init__(self) -> None:
        _check(self, "commit_after")


class ForwardSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The Fluentd hop; `drain` is how long a stopping gateway still sends."""

    host: Text = "127.0.0.1"
    port: Port = 24224
    chunk_rows: Count = 1000
    ack_timeout: str = "30s"
    connect_timeout: str = "5s"
    retry_min: str = "200ms"
    retry_max: str = "5s"
    drain: str = "5s"

    def __post_init__(self) -> None:
        _check(self, "ack_timeout", "connect_timeout", "retry_min", "retry_max", "drain")


class HttpSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where `/health` and `/metrics` are served."""

    host: Text = "127.0.0.1"
    port: Port = 8470


class MqttSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The broker; `client_id` names the persistent session (the gateway's name unless set)."""

    host: Text = "127.0.0.1"
    port: Port = 1883
    client_id: str | None = None
    username: str | None = None
    password_file: str | None = None
    topics: Annotated[tuple[Text, ...], Meta(min_length=1)] = (reading_topic("+"),)
    keepalive: str = "30s"
    retry_max: str = "10s"

    def __post_init__(self) -> None:
        _check(self, "keepalive", "retry_max")


class SerialSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Serial ports by glob: each that appears is opened, at any time."""

    ports: Annotated[tuple[Text, ...], Meta(min_length=1)]
    baud: Count = 115200


class GatewaySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")] = "gateway"
    legacy_time_zone: str = "UTC"
    max_ahead: str = "10m"
    late_after: str = "60s"
    spool: SpoolSettings
    forward: ForwardSettings = field(default_factory=ForwardSettings)
    http: HttpSettings = field(default_factory=HttpSettings)
    mqtt: MqttSettings | None = None
    serial: tuple[SerialSettings, ...] = ()

    def __post_init__(self) -> None:
        _check(self, "max_ahead", "late_after")
        if self.mqtt is None and not self.serial:
            raise ValueError("there is no source: add a [mqtt] table, a [[serial]] table or both")


def _check(settings: Struct, *names: str) -> None:
    for name in names:
        try:
            duration(getattr(settings, name))
        except SettingsError as why:
            raise ValueError(f"{name}: {why}") from why
