"""What the tables hold of a choice. Three to five queries side by side in time, none of them a scan."""

from typing import NamedTuple

import pandas as pd

from notebooks.history.choice import Choice
from storage.farm import READING, Farm
from telemetry.quantities import QUANTITIES

__all__ = ["MARKS_MOST", "MARKS_WITHIN", "POINTS", "Loaded", "load"]

POINTS = 1500
"""Of each sensor: about as many as a wide screen has columns."""

MARKS_WITHIN = pd.Timedelta(days=2)
"""Single readings (late, doubtful, missing) are looked up and marked over no longer span."""

MARKS_MOST = 60_000
"""Nor where there are more: it would take seconds, and the marks would hide the line."""

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


def load(farm: Farm, choice: Choice) -> Loaded:
    """Read it; FarmstreamError where Cassandra does not answer."""
    start, end = choice.since, choice.until
    sensors, fields = choice.sensors or None, choice.fields if not choice.sensors else None
    series = farm.series(sensors, fields, start=start, end=end, max_points=POINTS).pandas()
    near = choice.span <= MARKS_WITHIN
    windows = marks = alerts = pd.DataFrame()
    if near and fields:
        columns = ("field_id", "window_end", f"count_{choice.what}", f"mean_{choice.what}")
        windows = farm.windows(fields, start=start, end=end, columns=columns).pandas()
    marked = near and len(series) > 0 and int(series["count"].sum()) <= MARKS_MOST
    if marked:
        marks = farm.readings(
            sensors, fields, start=start, end=end, columns=_mark_columns(choice.what)
        ).pandas()
    if fields and choice.what == "moisture":
        alerts = farm.alerts(fields, start=start, end=end).pandas()
    return Loaded(choice, series, windows, marks, alerts, marked)


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
