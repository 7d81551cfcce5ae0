"""How rows are written: beside the table and the rows themselves."""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from storage.groups import MOST
from telemetry.clock import duration
from telemetry.settings import seconds

__all__ = ["CONCURRENCY", "WRITTEN", "How"]

WRITTEN = "when written"
"""A column that `stamped` rows have, and no table."""

CONCURRENCY = 192
"""Requests in flight: below 128 the round trip shows, above 256 nothing is gained."""


class How(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a write, which `format("cassandra")` takes under the same names.

    A null deletes what the column held; with `ignore_nulls` it leaves it, and no tombstone is written.
    `ttl` (such as `90d`), or a column of whole seconds (null: none), says when the row goes. A column of
    instants, or of microseconds since 1970, may say when the row counts as written: of two values for one
    cell the later one stays, whichever came first. A row is left out where the stored one under its key has
    more in the column `keep_greater`; `keep_greater_where`, a column of booleans, says of which rows that is
    asked (null: of all). `concurrency` bounds the requests in flight, `batch_rows` the rows of one partition
    that go as one request.
    """

    concurrency: Annotated[int, Meta(ge=1, le=2048)] = CONCURRENCY
    batch_rows: Annotated[int, Meta(ge=1, le=1000)] = MOST
    ignore_nulls: bool = False
    ttl: str | None = None
    ttl_column: str | None = None
    timestamp_column: str | None = None
    keep_greater: str | None = None
    keep_greater_where: str | None = None

    def __post_init__(self) -> None:
        if self.ttl and self.ttl_column:
            raise ValueError("ttl and ttl_column exclude each other")
        if self.keep_greater_where and not self.keep_greater:
            raise ValueError("keep_greater_where needs keep_greater")
        if self.ttl and not 1 <= seconds("ttl", self.ttl) <= 20 * 365 * 86400:
            raise ValueError(f"ttl '{self.ttl}' is not between 1s and 20 years")

    @property
    def extra(self) -> tuple[str, ...]:
        """Columns of the rows that are no columns of the table, in the order of `using`."""
        return tuple(name for name in (self.timestamp_column, self.ttl_column) if name)

    @property
    def stamped(self) -> "How":
        """The same for rows that say when they were written, in a column of their own if in no other."""
        return self if self.timestamp_column else replace(self, timestamp_column=WRITTEN)

    @property
    def using(self) -> str:
        """The USING of an insert; its marks come after those of the columns."""
        parts = ["TIMESTAMP ?"] if self.timestamp_column else []
        if self.ttl_column:
            parts.append("TTL ?")
        elif self.ttl:
            parts.append(f"TTL {round(duration(self.ttl))}")
        return f" USING {' AND '.join(parts)}" if parts else ""
