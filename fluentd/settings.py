"""Settings of the embedded collector, as in `collector.toml`; every table but `kafka` may be left out.

[listen]  host = "127.0.0.1"  port = 24224
[http]    host = "127.0.0.1"  port = 24220
[kafka]   bootstrap = "127.0.0.1:9092"
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from fluentd.protocol import MAX_MESSAGE
from telemetry.clock import duration

__all__ = ["MAX_RECORD", "Http", "Kafka", "Listen", "Settings"]

MAX_RECORD = 64 * 2**10
"""A reading has about 300 bytes. `fluent.conf` has the same bound, so that both hops refuse the same."""

Port = Annotated[int, Meta(ge=0, le=65535)]


class Listen(Struct, frozen=True, forbid_unknown_fields=True):
    """Where senders connect; port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: Port = 24224
    max_message: Annotated[int, Meta(ge=1024, le=2**28)] = MAX_MESSAGE
    """Bytes of one message of a sender; a longer one closes its connection."""


class Http(Struct, frozen=True, forbid_unknown_fields=True):
    """GET /health and /metrics."""

    host: str = "127.0.0.1"
    port: Port = 24220


class Kafka(Struct, frozen=True, forbid_unknown_fields=True):
    """The cluster, and what may be on its way there."""

    bootstrap: str
    delivery_timeout: str = "20s"
    """Below the sender's ack timeout: a chunk fails here before the sender gives up on it."""
    in_flight: Annotated[int, Meta(ge=2**20, le=2**30)] = 64 * 2**20
    """Bytes handed to Kafka and not yet acknowledged, over all connections."""
    max_record: Annotated[int, Meta(ge=16_384, le=10**9)] = MAX_RECORD
    """Bytes of one record's key and value; not above any topic's max.message.bytes."""
    batch: Annotated[int, Meta(ge=1024, le=2**24)] = 256 * 2**10
    """Bytes of one batch; not above any topic's max.message.bytes."""
    linger: str = "5ms"
    compression: Literal["none", "lz4", "zstd", "snappy", "gzip"] = "lz4"

    @property
    def delivery_timeout_s(self) -> float:
        return duration(self.delivery_timeout)


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """All of `collector.toml`."""

    kafka: Kafka
    listen: Listen = msgspec.field(default_factory=Listen)
    http: Http = msgspec.field(default_factory=Http)
