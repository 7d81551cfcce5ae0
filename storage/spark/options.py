"""The options of `format("cassandra")`. A password is never one: Spark prints options in its plans."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from storage.settings import Cassandra
from storage.writer import CONCURRENCY
from telemetry.errors import SettingsError

__all__ = ["Options"]

SPARKS_OWN = {"path", "checkpointlocation", "queryname"}
"""What Spark hands on although it is meant for Spark itself."""


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a sink needs; the connection's options (host, port, keyspace, …) are `Cassandra`'s fields.

    `concurrency` is the number of inserts in flight for each task; with `ignore_nulls` a null leaves
    a column as it is, otherwise it deletes what was there.
    """

    cassandra: Cassandra
    table: str
    concurrency: Annotated[int, Meta(ge=1, le=2048)] = CONCURRENCY
    ignore_nulls: bool = False

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Options":
        """From Spark's options (names in lower case); SettingsError names the one that is wrong."""
        known = {"table", "concurrency", "ignore_nulls"}
        own: dict[str, Any] = {name: value for name, value in given.items() if name in known}
        connection = {name: value for name, value in given.items() if name not in known | SPARKS_OWN}
        if strange := connection.keys() - set(Cassandra.__struct_fields__):
            raise SettingsError(
                f"format('cassandra') has no option '{min(strange)}': it has "
                f"{', '.join(sorted(known | set(Cassandra.__struct_fields__)))}."
            )
        try:
            return msgspec.convert(own | {"cassandra": connection}, cls, strict=False)
        except msgspec.ValidationError as why:
            raise SettingsError(
                f"format('cassandra'): {str(why).replace('`$.', '`').replace('cassandra.', '')}."
            ) from why
