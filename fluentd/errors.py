"""Errors of the hop.

FarmstreamError
└── ProtocolError          the bytes on a connection are not the forward protocol, or pass a bound
    └── UnknownTag         a chunk bears a tag that has no Kafka topic
"""

from telemetry.errors import FarmstreamError
from telemetry.topics import ROUTES

__all__ = ["ProtocolError", "UnknownTag"]


class ProtocolError(FarmstreamError):
    """The connection cannot go on; its sender keeps what was not acknowledged."""


class UnknownTag(ProtocolError):
    """A mistake in the sender's settings: acknowledging would lose its records."""

    def __init__(self, tag: str) -> None:
        known = ", ".join(route.tag for route in ROUTES)
        super().__init__(f"The tag '{tag[:80]}' has no Kafka topic: send one of {known}.")
        self.tag = tag
