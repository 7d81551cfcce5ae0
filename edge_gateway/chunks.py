"""Rows of the spool as chunks of the forward protocol, one for each tag."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from edge_gateway.spool import Row
from telemetry.topics import ROUTES

__all__ = ["MAX_BYTES", "Chunk", "chunks", "within"]

MAX_BYTES = 1 << 20
"""Bytes of entries in a chunk: small enough for every buffer on the way."""


class Chunk(NamedTuple):
    """Entries of one tag; `name` is the same for the same rows of the same spool, base64 of 128 bits."""

    tag: str
    name: str
    entries: bytes
    rows: int


def chunks(rows: Iterable[Row], spool_identity: str) -> list[Chunk]:
    """Rows as chunks, one for each tag among them."""
    by_route: dict[int, list[Row]] = {}
    for row in rows:
        by_route.setdefault(row.route, []).append(row)
    return [
        Chunk(
            ROUTES[route].tag,
            _name(spool_identity, route, found[0].number, found[-1].number, len(found)),
            b"".join([row.entry for row in found]),
            len(found),
        )
        for route, found in by_route.items()
    ]


def _name(*parts: object) -> str:
    return b64encode(sha256("/".join(map(str, parts)).encode()).digest()[:16]).decode("ascii")


def within(rows: list[Row], limit: int = MAX_BYTES) -> list[Row]:
    """The first rows, at least one, whose entries together have at most `limit` bytes."""
    size = 0
    for i, row in enumerate(rows):
        size += len(row.entry)
        if size > limit:
            return rows[: max(i, 1)]
    return rows
