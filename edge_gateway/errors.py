"""Errors of the gateway; the base is telemetry.errors.FarmstreamError, the text one sentence.

SpoolError                 the durable store cannot be used
├── SpoolFull              there is no room: nothing was written, try again later
└── SpoolCorrupt           the file is damaged: a restart moves it aside and starts a fresh one
NotAcknowledged            the far end did not acknowledge a chunk in time
"""

from telemetry.errors import FarmstreamError

__all__ = ["NotAcknowledged", "SpoolCorrupt", "SpoolError", "SpoolFull"]


class SpoolError(FarmstreamError):
    """The spool cannot be opened or written."""


class SpoolFull(SpoolError):
    """No room: the row limit, the disk, or the floor of free disk; the batch was not written."""


class SpoolCorrupt(SpoolError):
    """The database file is damaged."""


class NotAcknowledged(FarmstreamError):
    """A chunk was sent and no acknowledgement came: it stays in the spool and is sent again."""
