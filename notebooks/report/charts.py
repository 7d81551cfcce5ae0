"""Charts as SVG, sized for paper: lines over the hours of some days, with local days below."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd

from notebooks.look import ALARM, INK, LINES, MUTED
from notebooks.report.facts import FieldFacts

__all__ = ["moisture_chart", "weather_chart"]

_WIDTH, _LEFT, _RIGHT = 720, 38, 34
_GRID, _RAIN, _IRRIGATION = "#E3E7E2", "#56B4E9", "#0072B2"
_HOUR = timedelta(hours=1)


class _Frame(NamedTuple):
    """Where an instant and a value lie on the paper."""

    start: datetime
    end: datetime
    low: float
    high: float
    top: float
    bottom: float

    def x(self, at: datetime) -> float:
        share = (at - self.start) / (self.end - self.start)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.bottom - share * (self.bottom - self.top), 1)


def moisture_chart(
    facts: FieldFacts, start: datetime, end: datetime, zone: ZoneInfo, height: int = 226
) -> str:
    """Moisture with the spread of the boards, threshold, what wetted the soil, and what is expected."""
    hours, threshold = facts.hours, facts.field["moisture_threshold"]
    expected = facts.forecast.expected if facts.forecast else []
    ahead = [edge for each in expected for edge in (each.low, each.high)]
    values = [threshold, *hours["low"], *hours["high"], *ahead]
    low, high = min(values), max(values)
    margin = max(1.0, 0.12 * (high - low))
    frame = _Frame(start, _last(facts, end), low - margin, high + 2 * margin, 8, height - 24)
    parts = [
        *_grid(frame, zone, "%"), _below(frame, threshold), _band(frame, hours),
        *_wettings(frame, facts), _line(frame, hours["moisture"], LINES[0], 1.9),
        *_expected(frame, facts), _threshold(frame, threshold),
    ]  # fmt: skip
    return _svg(parts, height, f"Soil moisture of {facts.field['name']}")


def weather_chart(facts: FieldFacts, start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """Air temperature, and relative humidity on the right."""
    hours = facts.hours.dropna(subset=["temperature", "humidity"])
    if hours.empty:
        return ""
    low, high = hours["temperature"].min() - 1, hours["temperature"].max() + 1
    frame = _Frame(start, _last(facts, end), low, high, 6, 94)
    humid = frame._replace(low=0, high=104)
    parts = [
        *_grid(frame, zone, "°C", 3), _line(humid, hours["humidity"], LINES[4], 1.2),
        _line(frame, hours["temperature"], ALARM, 1.6),
        *(_text(_WIDTH - _RIGHT + 5, humid.y(v) + 3, str(v), MUTED) for v in (0, 50, 100)),
        _text(_WIDTH - 2, 106, "%RH", MUTED, "end"),
    ]  # fmt: skip
    return _svg(parts, 118, f"Temperature and humidity at {facts.field['name']}")


def _last(facts: FieldFacts, end: datetime) -> datetime:
    """Both charts of a field reach as far as its forecast."""
    expected = facts.forecast.expected if facts.forecast else []
    return max([end, *(each.target for each in expected)])


def _svg(parts: Iterable[str], height: int, title: str) -> str:
    head = f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">'
    return f"{head}{''.join(parts)}</svg>"


def _grid(frame: _Frame, zone: ZoneInfo, unit: str, lines: int = 5) -> Iterable[str]:
    for value in _round_values(frame.low, frame.high, lines):
        y = frame.y(value)
        yield f'<path d="M{_LEFT} {y}H{_WIDTH - _RIGHT}" stroke="{_GRID}"/>'
        yield _text(_LEFT - 5, y + 3, f"{value:g}", MUTED, "end")
    yield _text(2, frame.bottom + 12, unit, MUTED)
    day = frame.start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    while day <= frame.end:
        if day >= frame.start:
            yield f'<path d="M{frame.x(day)} {frame.top}V{frame.bottom}" stroke="{_GRID}"/>'
        noon = day + timedelta(hours=12)
        if frame.start <= noon <= frame.end:
            yield _text(frame.x(noon), frame.bottom + 12, noon.strftime("%a %-d %b"), MUTED, "middle")
        day += timedelta(days=1)


def _round_values(low: float, high: float, lines: int) -> list[float]:
    step = next(s for s in (0.5, 1, 2, 5, 10, 20, 50, 100) if (high - low) / s <= lines)
    first = -(-low // step)
    return [step * (first + n) for n in range(int((high - first * step) // step) + 1)]


def _below(frame: _Frame, threshold: float) -> str:
    y, width = frame.y(threshold), _WIDTH - _LEFT - _RIGHT
    place = f'x="{_LEFT}" y="{y}" width="{width}" height="{frame.bottom - y}"'
    return f'<rect {place} fill="{ALARM}" opacity=".07"/>'


def _threshold(frame: _Frame, threshold: float) -> str:
    y = frame.y(threshold)
    style = f'stroke="{ALARM}" stroke-width="1.2" stroke-dasharray="5 4"'
    dashes = f'<path d="M{_LEFT} {y}H{_WIDTH - _RIGHT}" {style}/>'
    return dashes + _text(_LEFT + 4, y + 11, f"threshold {threshold:g} %", ALARM)


def _band(frame: _Frame, hours: pd.DataFrame) -> str:
    areas = []
    for run in _runs(hours):
        points = list(zip(run.index, run["low"], run["high"], strict=True))
        areas.append(_area(frame, points, LINES[0], ".16"))
    return "".join(areas)


def _area(frame: _Frame, points: Sequence[tuple[datetime, float, float]], colour: str, opacity: str) -> str:
    over = [f"{frame.x(at)},{frame.y(high)}" for at, _, high in points]
    under = [f"{frame.x(at)},{frame.y(low)}" for at, low, _ in reversed(points)]
    return f'<polygon points="{" ".join(over + under)}" fill="{colour}" opacity="{opacity}"/>'


def _line(frame: _Frame, values: "pd.Series[float]", colour: str, width: float) -> str:
    """A gap stays a gap."""
    paths = []
    for run in _runs(values.to_frame("value")):
        points = [f"{frame.x(at)} {frame.y(v)}" for at, v in zip(run.index, run["value"], strict=True)]
        paths.append("M" + "L".join(points))
    style = f'fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round"'
    return f'<path d="{"".join(paths)}" {style}/>'


def _runs(rows: pd.DataFrame) -> Iterable[pd.DataFrame]:
    gaps = (rows.index.to_series().diff() > 2 * _HOUR).cumsum()
    return [run for _, run in rows.groupby(gaps)]


def _wettings(frame: _Frame, facts: FieldFacts) -> Iterable[str]:
    for wetting in facts.wettings:
        x, width = frame.x(wetting.begins), max(3.0, frame.x(wetting.ends) - frame.x(wetting.begins))
        colour = _RAIN if wetting.rain else _IRRIGATION
        yield (
            f'<rect x="{x}" y="{frame.top}" width="{width}" height="{frame.bottom - frame.top}" '
            f'fill="{colour}" opacity=".18"/>'
        )
        name = "rain" if wetting.rain else "irrigation"
        late = x > 0.75 * _WIDTH
        at, anchor = (x - 4, "end") if late else (x + width + 4, "start")
        yield _text(at, frame.top + 9, f"{name} +{wetting.amount:.1f}", colour, anchor)


def _expected(frame: _Frame, facts: FieldFacts) -> Iterable[str]:
    if not facts.forecast:
        return
    made, now = facts.forecast.made_at, facts.forecast.moisture
    points = [(made, now, now), *((e.target, e.low, e.high) for e in facts.forecast.expected)]
    yield _area(frame, points, LINES[3], ".22")
    means = [(made, now), *((e.target, e.mean) for e in facts.forecast.expected)]
    path = "L".join(f"{frame.x(at)} {frame.y(mean)}" for at, mean in means)
    yield f'<path d="M{path}" fill="none" stroke="{LINES[3]}" stroke-width="1.9" stroke-dasharray="3 3"/>'
    yield f'<path d="M{frame.x(made)} {frame.top}V{frame.bottom}" stroke="{INK}" stroke-width=".6"/>'
    yield _text(frame.x(made) + 4, frame.bottom - 5, "expected", LINES[3])


def _text(x: float, y: float, text: str, colour: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">{escape(text)}</text>'
