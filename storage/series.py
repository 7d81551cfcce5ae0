"""A sensor's values over a span, in as many points as a page can show: the resolution goes by the span."""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from storage.collect import collect
from storage.days import Span, days_back
from storage.errors import QueryFailed
from storage.resolutions import RESOLUTIONS, Resolution
from storage.session import Session
from storage.settings import Cassandra
from telemetry.quantities import QUANTITIES

__all__ = ["RAW", "SERIES", "Asked", "read_series"]

RAW = "raw"
_MEASURED = tuple(quantity.name for quantity in QUANTITIES)
SERIES = (
    "sensor_id", "date", "resolution", "count",
    *(f"{what}_{name}" for name in _MEASURED for what in ("count", "mean", "min", "max")),
)  # fmt: skip
"""Columns of a series; of a raw reading count is 1, and mean, min and max are the value."""


class Asked(NamedTuple):
    """Where to read, of whom, and when."""

    session: Session
    settings: Cassandra
    sensors: Sequence[str]
    span: Span


def read_series(asked: Asked, max_points: int, resolution: str | None = None) -> pa.Table:
    """Columns of SERIES by sensor and date, at most `max_points` of each sensor where days suffice for it.

    Minutes where the span has few enough of them, else hours, else days; raw readings where the minutes
    say that there are few enough. A `resolution` (raw, 1m, 1h, 1d) is taken as it is. Minutes that are
    gone by their TTL are no reason to show nothing: hours then.
    """
    if max_points < 1:
        raise QueryFailed(f"max_points is {max_points}: a series has at least one.")
    if resolution is not None:
        return _read(asked, resolution)
    seconds = (asked.span.until - asked.span.since).total_seconds()
    wanted = [each for each in RESOLUTIONS[:-1] if seconds / each.seconds <= max_points] + [RESOLUTIONS[-1]]
    for each in wanted:
        found = _downsampled(asked, each)
        if each.name == "1m" and found.num_rows and _most(found) <= max_points:
            return _raw(asked)
        if found.num_rows:
            return found
    return found


def _read(asked: Asked, resolution: str) -> pa.Table:
    if resolution == RAW:
        return _raw(asked)
    for each in RESOLUTIONS:
        if each.name == resolution:
            return _downsampled(asked, each)
    names = ", ".join((RAW, *(each.name for each in RESOLUTIONS)))
    raise QueryFailed(f"There is no resolution '{resolution}': there are {names}.")


def _most(found: pa.Table) -> int:
    """Readings of the sensor that has the most."""
    totals = found.group_by("sensor_id").aggregate([("count", "sum")])
    return int(pc.max(totals["count_sum"]).as_py())


def _downsampled(asked: Asked, resolution: Resolution) -> pa.Table:
    stored = [name for name in SERIES if name not in ("date", "resolution")]
    span = Span(resolution.start(asked.span.since), asked.span.until)
    select = f"SELECT start, {', '.join(stored)} FROM {asked.settings.table(resolution.table)}"  # noqa: S608
    where = "WHERE sensor_id = ? AND period = ? AND start >= ? AND start < ?"
    keys = ((*each, *span) for each in product(asked.sensors, resolution.periods(span)))
    return _series(collect(asked.session, f"{select} {where}", keys), "start", resolution.name)


def _raw(asked: Asked) -> pa.Table:
    columns = ", ".join(("sensor_id", "date", *_MEASURED))
    select = f"SELECT {columns} FROM {asked.settings.table('reading')}"  # noqa: S608
    where = "WHERE sensor_id = ? AND day = ? AND date >= ? AND date < ?"
    keys = ((*each, *asked.span) for each in product(asked.sensors, days_back(asked.span)))
    found = collect(asked.session, f"{select} {where}", keys)
    found = found.append_column("count", pa.array([1] * len(found), pa.int32()))
    for name in _MEASURED:
        found = found.append_column(f"count_{name}", pc.cast(pc.is_valid(found[name]), pa.int32()))
        for what in ("mean", "min", "max"):
            found = found.append_column(f"{what}_{name}", found[name])
    return _series(found, "date", RAW)


def _series(found: pa.Table, time: str, resolution: str) -> pa.Table:
    dates = found[time]
    found = found.drop_columns([time]).append_column("date", dates)
    found = found.append_column("resolution", pa.array([resolution] * len(found), pa.string()))
    return found.select(SERIES).sort_by([("sensor_id", "ascending"), ("date", "ascending")])
