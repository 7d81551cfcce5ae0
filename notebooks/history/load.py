"""What the tables hold of a choice. Three to five queries side by side in time, none of them a scan."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from notebooks.history.choice import Choice
from notebooks.history.combine import STEPS
from storage.farm import READING, Farm
from telemetry.quantities import QUANTITIES

__all__ = ["MARKS_MOST", "MARKS_WITHIN", "POINTS", "Loaded", "load", "with_alerts"]

POINTS = 1500
"""Of each sensor: about as many as a wide screen has columns."""

MARKS_WITHIN = pd.Timedelta(days=2)
"""Single readings (late, doubtful, missing) are looked up and marked over no longer span."""

MARKS_MOST = 60_000
"""Nor where there are more: it would take seconds, and the marks would hide the line."""

_FINER = {"1d": ("1h", "raw"), "1h": ("raw",), "1m": ("raw",), "raw": (), "none": ("raw",)}
_FLAGS = "quality_tests"


class Loaded(NamedTuple):
    """`series` as `Farm.series` gives it; the others are empty where they were not asked for."""

    choice: Choice
    series: pd.DataFrame
    windows: pd.DataFrame
    marks: pd.DataFrame
    alerts: pd.DataFrame
    marked: bool = False

    @property
    def resolution(self) -> str:
        """raw, 1m, 1h or 1d."""
        return str(self.series["resolution"].iloc[0]) if len(self.series) else "none"


def load(farm: Farm, choice: Choice, standing: Mapping[str, str | None]) -> Loaded:
    """Read it; FarmstreamError where Cassandra does not answer. `standing`: sensor → its field.

    With it the master is not read again for each of the queries.
    """
    start, end = choice.since, choice.until
    fields = choice.fields if not choice.sensors else None
    wanted = choice.sensors or [name for name, field in standing.items() if field in choice.fields]
    series = farm.series(wanted, start=start, end=end, max_points=POINTS).pandas()
    series = _to_the_end(farm, choice, wanted, series)
    near = choice.span <= MARKS_WITHIN
    windows = marks = pd.DataFrame()
    if near and fields:
        columns = ("field_id", "window_end", f"count_{choice.what}", f"mean_{choice.what}")
        windows = farm.windows(fields, start=start, end=end, columns=columns).pandas()
    marked = near and len(series) > 0 and int(series["count"].sum()) <= MARKS_MOST
    if marked:
        marks = farm.readings(
            wanted, fields, start=start, end=end, columns=_mark_columns(choice.what)
        ).pandas()
    return Loaded(choice, series, windows, marks, pd.DataFrame(), marked)


def with_alerts(farm: Farm, loaded: Loaded) -> Loaded:
    """With the alerts, which lie day by day: a year of them is 365 questions, and the lines need not wait."""
    choice = loaded.choice
    if not choice.fields or choice.what != "moisture":
        return loaded
    found = farm.alerts(choice.fields, start=choice.since, end=choice.until).pandas()
    return loaded._replace(alerts=found)


def _to_the_end(farm: Farm, choice: Choice, wanted: Sequence[str], series: pd.DataFrame) -> pd.DataFrame:
    """The series and, after it, what is not downsampled yet: finer rows, and at last readings."""
    coarse = str(series["resolution"].iloc[0]) if len(series) else "none"
    step = pd.Timedelta(seconds=STEPS.get(coarse, 0.0))
    for finer in _FINER[coarse]:
        begin = series["date"].max() + step if len(series) else choice.since
        begin = max(begin, choice.since, choice.until - MARKS_WITHIN)
        if begin < choice.until:
            more = farm.series(wanted, start=begin, end=choice.until, resolution=finer).pandas()
            series = pd.concat([series, more.assign(resolution=coarse)]) if len(series) else more
            step = pd.Timedelta(seconds=STEPS[finer])
    return series


def _mark_columns(what: str) -> tuple[str, ...]:
    """What tells a reading that wants a mark; quality flags where this version of the tables has them."""
    names = [q.name for q in QUANTITIES if q.name == what]
    return (
        "sensor_id",
        "field_id",
        "date",
        *names,
        "late",
        "faults",
        *([_FLAGS] if _FLAGS in READING else []),
    )
