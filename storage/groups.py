"""Rows of one partition put together: one request, one mutation and one place in the commit log for them."""

from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["MOST", "Row", "grouped"]

MOST = 16
"""Rows in a group: of some 250 bytes, so that a group stays under the 5 KiB that Cassandra warns of."""

Row = list[Any]


def grouped(
    rows: Iterable[Row], partition: Sequence[int], rest: Sequence[int], most: int = MOST
) -> list[list[Row]]:
    """Groups of at most `most` rows, in the order of their first rows.

    All rows of a group are equal in the columns `partition` and no two are equal in the columns `rest`:
    the rows of a group are written with one time, so that of two with one key neither would be the later.
    """
    if most < 2:
        return [[row] for row in rows]
    groups: list[list[Row]] = []
    open_groups: dict[tuple[Any, ...], tuple[list[Row], set[tuple[Any, ...]]]] = {}
    for row in rows:
        place, key = tuple(row[i] for i in partition), tuple(row[i] for i in rest)
        group, keys = open_groups.get(place, ([], set()))
        if not group or len(group) >= most or key in keys:
            group, keys = [], set()
            groups.append(group)
            open_groups[place] = group, keys
        group.append(row)
        keys.add(key)
    return groups
