"""Cassandra: schema and migrations, master data, named queries, Spark data source.

`from storage import connect` is the way in for notebooks and scripts (storage.access).
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storage.access import connect

__all__ = ["connect"]


def __getattr__(name: str) -> Any:
    """Import late: a command that needs no table does not wait for drivers and Arrow."""
    if name == "connect":
        from storage.access import connect

        return connect
    raise AttributeError(name)
