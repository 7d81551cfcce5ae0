"""The report as one HTML file: styles and charts are inside, nothing is fetched."""

from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from notebooks.report.charts import moisture_chart, weather_chart
from notebooks.report.facts import FieldFacts, Report

__all__ = ["render"]

_FOLDER = Path(__file__).parent


def render(report: Report) -> str:
    """A page for all fields, and one for each."""
    pages = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    first = _zone(report.fields[0])
    return pages.get_template("report.html.j2").render(
        report=report, version=version("farmstream"), when=_when, zone_of=_zone, first=first,
        moisture=_drawn(report, moisture_chart),
        overview=_drawn(report, moisture_chart, height=168),
        weather=_drawn(report, weather_chart), needed=_needed,
    )  # fmt: skip


def _drawn(report: Report, chart: Callable[..., str], **more: int) -> Callable[[FieldFacts], str]:
    return lambda facts: chart(facts, report.start, report.end, _zone(facts), **more)


def _zone(facts: FieldFacts) -> ZoneInfo:
    return ZoneInfo(facts.field["time_zone"] or "UTC")


def _when(at: datetime, zone: ZoneInfo, form: str = "%a %-d %b %H:%M") -> str:
    return at.astimezone(zone).strftime(form)


def _needed(facts: FieldFacts) -> str:
    forecast = facts.forecast
    if forecast is None:
        return "no forecast"
    if forecast.needed_at is None:
        return "not in sight"
    if forecast.hours_to_threshold == 0:
        return "now"
    return _when(forecast.needed_at, _zone(facts), "%a %-d %b, %H:%M")
