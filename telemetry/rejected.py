"""The rejected record: what could not be taken as a reading, its bytes and the reason, never lost."""

from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from typing import Any

from telemetry.clock import iso

__all__ = ["MAX_RAW", "reject_id", "rejected_record"]

MAX_RAW = 4096
"""Bytes of the input that the record keeps."""


def reject_id(source: str, raw: bytes) -> str:
    """sha256 over source and bytes: the same input from the same place is one record."""
    return sha256(source.encode() + b"\0" + raw).hexdigest()


def rejected_record(source: str, raw: bytes, reason: str, received: datetime) -> dict[str, Any]:
    """The gateway's record; `source` is `mqtt:<topic>` or `serial:<port's name>`."""
    return {
        "reject_id": reject_id(source, raw),
        "stage": "gateway",
        "source": source,
        "reason": reason,
        "raw": b64encode(raw[:MAX_RAW]).decode("ascii"),
        "received": iso(received),
    }
