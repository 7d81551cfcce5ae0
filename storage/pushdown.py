"""What of a query's conditions Cassandra can answer by its keys: the rest stays with Spark.

Partitions where `=` or IN names each column of the partition key; of those, rows where `=` names the first
clustering columns, and `<`, `<=`, `>`, `>=` bound the next one. All that is found here is a superset of what
was asked for: an instant is cut to Cassandra's milliseconds, and Spark checks every condition again.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import product
from math import prod
from typing import Any, NamedTuple

from storage.table import Table

__all__ = ["Condition", "Pushed", "push"]

MOST_KEYS = 10_000
"""Partitions that are asked for by name; beyond that a scan is no slower."""

_EQUAL = {"text", "ascii", "int", "bigint", "smallint", "tinyint", "boolean", "date", "timestamp"}
_ORDERED = _EQUAL - {"boolean"}
"""Types whose order is the same for Cassandra and Spark; uuid and inet are text to Spark."""


class Condition(NamedTuple):
    """`column operator value`; the operator is one of = in > >= < <=, and `value` of `in` is a tuple."""

    column: str
    operator: str
    value: Any


class Pushed(NamedTuple):
    """Keys of partitions (None: all, by token), and conditions on the clustering columns."""

    keys: tuple[tuple[Any, ...], ...] | None
    rows: tuple[Condition, ...]


def push(table: Table, conditions: Iterable[Condition]) -> Pushed:
    """What of `conditions`, which all hold, goes to Cassandra."""
    usable = [fit for c in conditions if (fit := _fitting(table, c)) is not None]
    keys = _keys(table, usable)
    return Pushed(keys, () if keys is None else tuple(_rows(table, usable)))


def _fitting(table: Table, condition: Condition) -> Condition | None:
    """The condition as Cassandra takes it; None where it cannot."""
    kind = table.columns.get(condition.column, "")
    wanted = _EQUAL if condition.operator in ("=", "in") else _ORDERED
    if kind not in wanted or condition.value is None:
        return None
    if condition.operator == "in":
        return condition._replace(value=tuple(_value(each) for each in condition.value if each is not None))
    return condition._replace(value=_value(condition.value))


def _value(value: Any) -> Any:
    """An instant in UTC, cut to its millisecond: bounds are taken with their end, so nothing is missed."""
    if not isinstance(value, datetime):
        return value
    at = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _keys(table: Table, usable: list[Condition]) -> tuple[tuple[Any, ...], ...] | None:
    choices = []
    for column in table.partition_key:
        named = [c for c in usable if c.column == column and c.operator in ("=", "in")]
        if not named:
            return None
        sets = [set(c.value) if c.operator == "in" else {c.value} for c in named]
        none = {""} if len(table.partition_key) == 1 else set()  # Cassandra refuses an empty key
        choices.append(sorted(set.intersection(*sets) - none, key=repr))
    return tuple(product(*choices)) if prod(map(len, choices)) <= MOST_KEYS else None


def _rows(table: Table, usable: list[Condition]) -> Iterable[Condition]:
    for column in table.clustering:
        mine = [c for c in usable if c.column == column]
        equal = [c for c in mine if c.operator == "="]
        if not equal:
            yield from _bounds(mine)
            return
        yield equal[0]


def _bounds(conditions: list[Condition]) -> Iterable[Condition]:
    """The narrowest bound on each side, as Cassandra takes one; with its end, which Spark leaves out."""
    above = [c for c in conditions if c.operator in (">", ">=")]
    below = [c for c in conditions if c.operator in ("<", "<=")]
    if above:
        yield max(above, key=lambda c: c.value)._replace(operator=">=")
    if below:
        yield min(below, key=lambda c: c.value)._replace(operator="<=")
