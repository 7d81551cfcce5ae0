"""The figures on top, the fields' table and the pipeline's health, as HTML."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from statistics import fmean
from zoneinfo import ZoneInfo

from notebooks.live.model import Model
from notebooks.local_time import clock_text
from notebooks.look import ALARM, GOOD, QUIET, number, tag
from notebooks.pipeline import Status
from telemetry.master import Field
from telemetry.quantities import QUANTITIES

__all__ = ["fields_html", "health_html", "tiles_html", "top_html"]


def top_html(now: datetime, zone: ZoneInfo) -> str:
    """The title, and the farm's time."""
    return (
        f'<div class="top"><h1>Farm, live</h1><span class="muted" id="farm-time">{clock_text(now, zone)}'
        "</span></div>"
    )


def tiles_html(model: Model, now: datetime) -> str:
    """Boards, rate, lag, gaps, alerts."""
    silent, lag = model.silent(now), model.lag(now)
    open_ = sum(alert["state"] == "open" for alert in model.alerts.values())
    heard = len(model.boards) - len(silent)
    tiles = (
        ("boards", f"{heard} / {len(model.boards)}", "boards sending", bool(silent)),
        ("rate", number(model.rate(now)), "readings per second", False),
        ("lag", number(lag, 1, "s"), "gateway to screen", lag is not None and lag > 60),
        ("gaps", str(model.missing()), "readings missing", model.missing() > 0),
        ("alerts", str(open_), "open alerts", open_ > 0),
    )
    return '<div class="tiles">' + "".join(_tile(*tile) for tile in tiles) + "</div>"


def fields_html(model: Model, fields: Mapping[str, Field], now: datetime) -> str:
    """A row for each field: how many boards send, and the mean of their newest values."""
    head = "".join(f'<th class="n">{q.name}, {q.unit}</th>' for q in QUANTITIES)
    rows = "".join(_field_row(field, model, now) for field in fields.values())
    return (
        '<h2>Fields now</h2><div class="scroll"><table><thead><tr><th>field</th><th class="n">boards</th>'
        f'{head}<th class="n">dry below</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def health_html(status: Status) -> str:
    """The components and the counts at each hop."""
    parts = " ".join(
        tag(name, GOOD if part.state == "running" else ALARM if part.state == "failing" else QUIET)
        for name, part in status.components.items()
    )
    hops = "".join(
        f'<tr><td>{escape(name)}</td><td class="n">{status.rates.get(name, 0.0):,.1f}/s</td>'
        f'<td class="n">{total:,.0f}</td></tr>'
        for name, total in status.totals.items()
    )
    return (
        f'<h2>Pipeline</h2><div style="margin-bottom:6px">{parts}</div><div class="scroll"><table><thead><tr>'
        f'<th>readings</th><th class="n">rate</th><th class="n">since the start</th></tr></thead>'
        f"<tbody>{hops}</tbody></table></div>"
    )


def _tile(name: str, value: str, label: str, warn: bool) -> str:
    look = "tile warn" if warn else "tile"
    return f'<div class="{look}" id="tile-{name}"><b>{value}</b><span class="muted">{label}</span></div>'


def _field_row(field: Field, model: Model, now: datetime) -> str:
    here = [b for b in model.boards.values() if b.newest and b.newest.field_id == field.field_id]
    sending = [b.newest.main for b in here if b.newest and not b.silent(now)]
    means = []
    for q in QUANTITIES:
        values = [value for main in sending if (value := getattr(main, q.name)) is not None]
        means.append(fmean(values) if values else None)
    dry = means[-1] is not None and means[-1] < field.moisture_threshold
    cells = "".join(f'<td class="n">{number(mean, 1)}</td>' for mean in means[:-1])
    moisture = f'<td class="n">{tag(number(means[-1], 1), ALARM) if dry else number(means[-1], 1)}</td>'
    return (
        f'<tr id="field-{escape(field.field_id)}"><td>{escape(field.name)}</td>'
        f'<td class="n">{len(sending)} / {len(here)}</td>{cells}{moisture}'
        f'<td class="n">{number(field.moisture_threshold, 1)}</td></tr>'
    )
