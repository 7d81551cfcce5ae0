"""Malformed frames of a manifest against table `rejected`: each exactly once, with its bytes and reason."""

import hashlib
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.local.reconcile_facts import Row

__all__ = ["reject_id", "rejected_differences"]


def rejected_differences(sent: list[Row], rows: list[Row]) -> Iterator[str]:
    """One line for each difference."""
    wanted, found = {_raw(e): e for e in sent}, Counter(row["raw"] for row in rows)
    if len(wanted) != len(sent):
        yield "the malformed frames of the manifest are not unique"
    yield from (f"malformed {raw!r} is not in table rejected" for raw in wanted.keys() - found.keys())
    yield from (f"rejected {raw!r} was never sent" for raw in found.keys() - wanted.keys())
    yield from (f"malformed {raw!r} is rejected {n} times" for raw, n in found.items() if n > 1)
    for row in rows:
        if entry := wanted.get(row["raw"]):
            wrong = {name: (row[name], value) for name, value in _place(entry) if row[name] != value}
            reasons = entry.get("reasons") or _reasons(entry["via"], row["raw"])
            if wrong or not row["reason"].startswith(reasons):
                yield f"rejected {row['raw']!r} has {wrong}, reason {row['reason']!r}, expected {reasons}"


def reject_id(source: str, raw: bytes) -> str:
    """What names a record that the gateway refused."""
    return hashlib.sha256(source.encode() + b"\0" + raw).hexdigest()


def _raw(entry: Row) -> bytes:
    return b64decode(entry["raw"])


def _place(entry: Row) -> Iterator[tuple[str, Any]]:
    yield "source", entry["source"]
    yield "stage", "stream" if entry["via"] == "kafka" else "gateway"
    if entry["via"] != "kafka":
        yield "reject_id", reject_id(entry["source"], _raw(entry))


def _reasons(via: str, raw: bytes) -> tuple[str, ...]:
    """How the reason may begin."""
    if via != "serial":
        return ("not JSON", "not a reading")
    if not raw.startswith(b"R "):
        return ("line is neither a reading (R), a hello (H) nor a log (L)",)
    return ("line has a wrong CRC",) if raw[-5:-4] == b"*" else ("line has no CRC",)
