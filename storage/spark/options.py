"""The options of `format("cassandra")`. A password is never one: Spark prints options in its plans."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_type_hints

import msgspec
from msgspec import Meta, Struct

from storage.how import How
from storage.settings import Cassandra
from telemetry.errors import SettingsError

__all__ = ["Options"]

SPARKS_OWN = {"path", "checkpointlocation", "queryname"}
"""What Spark hands on although it is meant for Spark itself."""


_OWN = {"table", "table_column", "columns", "conditions", "page_rows", "splits"}


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table, the connection's options (host, port, keyspace, …: `Cassandra`'s fields) and `How`'s.

    With `table_column` instead of `table` each row says into which table it goes. A read takes `columns`
    (divided by commas; all of them), `page_rows` from Cassandra at a time, in at least `splits` tasks; with
    `conditions` Cassandra answers those on keys.
    """

    cassandra: Cassandra
    how: How = How()
    table: str = ""
    table_column: str = ""
    columns: str = ""
    conditions: bool = False
    page_rows: Annotated[int, Meta(ge=1, le=100_000)] = 5000
    splits: Annotated[int, Meta(ge=0, le=100_000)] = 0

    def __post_init__(self) -> None:
        if bool(self.table) == bool(self.table_column):
            raise ValueError("say either table or table_column")

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Options":
        """From Spark's options (names in lower case); SettingsError names the one that is wrong."""
        own: dict[str, Any] = {"cassandra": {}, "how": {}}
        for name, value in given.items():
            if name not in SPARKS_OWN:
                _place(own, name)[name] = value
        try:
            return msgspec.convert(own, cls, strict=False)
        except msgspec.ValidationError as why:
            raise SettingsError(f"format('cassandra'): {_sentence(str(why), given)}.") from why


_AT = re.compile(r"(.*) - at `\$(?:\.(?:cassandra|how))?(?:\.(\w+))?`")


def _sentence(text: str, given: Mapping[str, str]) -> str:
    """msgspec's own, with the option's name and value before it, and the values that there are."""
    found = _AT.fullmatch(text)
    if not found or not found[2]:
        return found[1] if found else text
    reason, name = found[1].replace("`", ""), found[2]
    if reason.startswith("Invalid enum value"):
        reason = f"Expected one of {', '.join(get_args(get_type_hints(Cassandra)[name]))}"
    return f"option '{name}' cannot be '{given[name]}': {reason}"


def _place(own: dict[str, Any], name: str) -> dict[str, Any]:
    """Where the option goes."""
    places = {"cassandra": Cassandra, "how": How}
    for place, kind in places.items():
        if name in kind.__struct_fields__:
            found: dict[str, Any] = own[place]
            return found
    if name in _OWN:
        return own
    known = _OWN.union(*(kind.__struct_fields__ for kind in places.values()))
    raise SettingsError(f"format('cassandra') has no option '{name}': it has {', '.join(sorted(known))}.")
