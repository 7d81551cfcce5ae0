"""What was loaded, as the chart shows it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from notebooks.history.combine import Curve, field_curve, sensor_curve, with_holes
from notebooks.history.events import rises
from notebooks.history.load import MARKS_MOST, Loaded
from notebooks.local_time import ticks, zone_of
from notebooks.look import ALARM, BAD, LINES
from notebooks.widgets.chart import Dots, Limit, Line, Picture, Span
from telemetry.master import Field
from telemetry.quality import FAIL, SUSPECT, decode
from telemetry.quantities import quantity

__all__ = ["Named", "curves", "note", "picture"]

_ALERT, _LATE, _UNSEEN = "#D55E001F", "#7A5C10", "#00000000"
_BANDS = 2
"""Lines that may have bands; those of more would hide each other."""

_WORDS = {"raw": "each reading", "1m": "means by minute", "1h": "means by hour", "1d": "means by day of UTC"}


class Named(NamedTuple):
    """A curve, whose it is, its colour, and its clocks' zone; `field` where it is a field's."""

    name: str
    colour: str
    curve: Curve
    zone: ZoneInfo
    field: Field | None = None


def curves(loaded: Loaded, fields: Mapping[str, Field], sensors: Mapping[str, str | None]) -> list[Named]:
    """One for each sensor that was chosen, or for each field."""
    choice = loaded.choice
    if choice.sensors:
        return [
            Named(name, colour, sensor_curve(loaded.series, name, choice.what),
                  _zone(fields.get(sensors.get(name) or "")))
            for name, colour in zip(choice.sensors, LINES, strict=False)
        ]  # fmt: skip
    order = list(fields)
    return [
        Named(fields[name].name, LINES[order.index(name) % len(LINES)],
              field_curve(loaded.series, sensors, name, choice.what), _zone(fields[name]), fields[name])
        for name in choice.fields if name in fields
    ]  # fmt: skip


def picture(loaded: Loaded, shown: Sequence[Named]) -> Picture:
    """All of it: bands from the least to the greatest value, thresholds, water, alerts, single marks."""
    choice, what = loaded.choice, quantity(loaded.choice.what)
    begin, end = choice.since, choice.until
    moist = what.name == "moisture"
    water = list(_water(shown)) if moist else []
    alerts = _alerts(loaded, end.timestamp() * 1000, shown) if moist else []
    keys = [("#B9C4BD", "strip on top: water came, by irrigation or rain")] if water else []
    keys += [("#F0C9AC", "alert open")] if alerts else []
    return Picture(
        since=begin.timestamp() * 1000, until=end.timestamp() * 1000, zone=choice.zone.key,
        ticks=[(at.timestamp() * 1000, text) for at, text in ticks(begin, end, choice.zone, 13)],
        unit=what.unit if what.name == "ph" else f"{what.name}, {what.unit}", short=what.unit,
        decimals=2 if what.name == "ph" else 1,
        lines=[*(_line(named, band=len(shown) <= _BANDS) for named in shown), *_windows(loaded, shown)],
        dots=_dots(loaded), spans=[*alerts, *water], keys=keys,
        limits=[Limit(n.field.moisture_threshold, n.colour, _limit_text(n, shown)) for n in shown
                if n.field and moist],
        empty="Nothing was stored in this time. Choose another span, or other fields.",
    )  # fmt: skip


def note(loaded: Loaded) -> str:
    """What is seen, in a sentence: an honest chart says what its points are."""
    if not len(loaded.series):
        return ""
    together = loaded.resolution == "raw" and not loaded.choice.sensors
    words = "readings, those of a field's boards together" if together else _WORDS[loaded.resolution]
    points = len(loaded.series)
    text = f"{points:,} point{'' if points == 1 else 's'}: {words}"
    if loaded.resolution != "raw":
        text += ", with one or two lines the band from the least to the greatest value"
    if not loaded.marked:
        text += ". Late, doubtful and missing readings are marked over at most 2 days"
        text += f" and {MARKS_MOST:,} readings"
    return text + "."


def _zone(field: Field | None) -> ZoneInfo:
    return zone_of([field] if field else [])


def _line(named: Named, band: bool) -> Line:
    curve = named.curve
    flat = not band or not len(curve.times) or np.allclose(curve.low, curve.high, equal_nan=True)
    low, high = (None, None) if flat else (curve.low, curve.high)
    return Line(named.name, named.colour, curve.times, curve.mean, low, high)


def _windows(loaded: Loaded, shown: Sequence[Named]) -> Iterator[Line]:
    """Means over the sliding windows, dashed: what alerts go by."""
    if not len(loaded.windows):
        return
    for named in shown:
        mine = loaded.windows[loaded.windows["field_id"] == (named.field.field_id if named.field else "")]
        if len(mine):
            times, values = _ms(mine["window_end"]), mine[f"mean_{loaded.choice.what}"].to_numpy(float)
            curve = with_holes(times / 1000, values, values, values)
            yield Line(f"{named.name}, windows", named.colour, curve.times, curve.mean, dash=True)


def _water(shown: Sequence[Named]) -> Iterator[Span]:
    for row, named in enumerate(shown):
        for rise in rises(named.curve) if named.field else ():
            label = f"{named.name}: moisture rose by {rise.by:.1f} %"
            yield Span(rise.begin, rise.end, named.colour, label, row)


def _alerts(loaded: Loaded, end: float, shown: Sequence[Named]) -> list[Span]:
    """Shaded once while any is open, as many over each other would hide the lines; each has a name."""
    rows: Any = loaded.alerts.to_dict("records")
    names = {named.field.field_id: named.name for named in shown if named.field}
    each = [_alert(row, end, names) for row in rows if row["state"] != "withdrawn"]
    open_: list[Span] = []
    for one in sorted(each):
        if open_ and one.begin <= open_[-1].end:
            open_[-1] = open_[-1]._replace(end=max(open_[-1].end, one.end))
        else:
            open_.append(Span(one.begin, one.end, _ALERT))
    return [*open_, *each]


def _alert(row: Mapping[str, Any], end: float, names: Mapping[str, str]) -> Span:
    about = row.get("sensor_id") or names.get(row.get("field_id") or "") or ""
    until = end if pd.isna(row["closed"]) else row["closed"].timestamp() * 1000
    label = f"alert{', ' if about else ''}{about}: {row['rule']} ({row['state']})"
    return Span(row["opened"].timestamp() * 1000, until, _UNSEEN, label)


def _dots(loaded: Loaded) -> list[Dots]:
    """Readings that came late, that quality control doubts, and that lack this value."""
    marks, what = loaded.marks, loaded.choice.what
    if not len(marks):
        return []
    texts = (
        marks["quality_tests"].fillna("") if "quality_tests" in marks else pd.Series("", index=marks.index)
    )
    doubted = texts.map(lambda text: _doubted(text, what))
    kinds = (
        ("came late", _LATE, "circle", marks["late"].fillna(False).astype(bool)),
        ("doubtful", BAD, "triangle", doubted.astype(bool)),
        ("value missing", ALARM, "cross", marks[what].isna()),
    )
    return [
        Dots(name, colour, shape, _ms(marks["date"][where]), marks[what][where].to_numpy(float))
        for name, colour, shape, where in kinds if where.any()
    ]  # fmt: skip


def _doubted(text: str, what: str) -> bool:
    """Whether a test of this value, the learned one aside, says suspect or fail."""
    tests = decode(text).get(what, {})
    return any(flag in (SUSPECT, FAIL) for test, flag in tests.items() if test != "anomaly")


def _limit_text(named: Named, shown: Sequence[Named]) -> str:
    return "irrigate below" if len(shown) == 1 and named.field else ""


def _ms(dates: "pd.Series[pd.Timestamp]") -> Any:
    return (dates - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy(float) * 1000.0
