"""The figures on top, the fields' table and the pipeline's health, as HTML."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from notebooks.live.figures import Now
from notebooks.live.model import Model
from notebooks.local_time import clock_text
from notebooks.look import ALARM, GOOD, QUIET, header, number, tag
from notebooks.pipeline import UNWATCHED, Status
from telemetry.master import Field
from telemetry.quantities import QUANTITIES, Quantity, quantity

__all__ = ["fields_html", "health_html", "tiles_html", "top_html"]

_LONG_LAG = 60.0
_SILENT_SUPERVISOR = 15.0


def top_html(now: datetime, zone: ZoneInfo, status: Status | None) -> str:
    """The title, the pipeline's pulse, and the farm's time."""
    fresh = status is not None and (now - status.at).total_seconds() < _SILENT_SUPERVISOR
    word = status.phase if status and fresh else "not running"
    colour = GOOD if word in ("running", UNWATCHED) else ALARM
    pulse = f'<span class="pulse" style="--c:{colour}">pipeline {word}</span>'
    clock = f'<span id="farm-time">{now.astimezone(zone):%a %d %b} {clock_text(now, zone)}</span>'
    return header("Farm, live", "live", pulse + clock)


def tiles_html(model: Model, now: datetime) -> str:
    """Boards, rate, lag, gaps, alerts."""
    silent, lag = model.silent(model.horizon(now)), model.lag(now)
    open_ = sum(alert["state"] == "open" for alert in model.alerts.values())
    heard = len(model.boards) - len(silent)
    tiles = (
        ("boards", f"{heard:,} / {len(model.boards):,}", "boards sending", bool(silent)),
        ("rate", number(model.rate(now)), "readings per second", False),
        ("lag", number(lag, 1, "s"), "from gateway to screen", lag is not None and lag > _LONG_LAG),
        ("gaps", f"{model.missing():,}", "readings missing since opened", model.missing() > 0),
        ("alerts", f"{open_:,}", "open alerts", open_ > 0),
    )
    return '<div class="tiles">' + "".join(_tile(*tile) for tile in tiles) + "</div>"


def fields_html(
    fields: Mapping[str, Field],
    figures: Mapping[str, Now],
    sparks: Mapping[str, str],
    outlook: Mapping[str, str],
) -> str:
    """A row for each field: moisture against its threshold, its last hours, and the other means.

    `sparks` are the drawings of those hours; `outlook` says when a field will need water, where it is
    predicted.
    """
    others = [q for q in QUANTITIES if q.name != "moisture"]
    heads = "".join(f'<th class="n">{_head(q)}</th>' for q in others)
    expected = "<th>Water needed</th>" if outlook else ""
    rows = "".join(
        _field_row(field, figures.get(name), sparks.get(name, ""), outlook) for name, field in fields.items()
    )
    return (
        '<table><thead><tr><th>Field</th><th class="n">Boards</th>'
        f'<th class="n">Moisture, %</th><th class="n">Threshold, %</th><th>Last 3 hours</th>{heads}{expected}'
        f"</tr></thead><tbody>{rows}</tbody></table>"
    )


def health_html(status: Status) -> str:
    """The components and the counts at each hop."""
    if status.phase == UNWATCHED:
        return "<div class='muted'>Nobody counts here how the parts are: ask whoever runs them.</div>"
    parts = " ".join(
        tag(name if part.state == "running" else f"{name}: {part.state}", _state_colour(part.state))
        for name, part in status.components.items()
    )
    hops = "".join(
        f'<tr><td>{label}</td><td class="n">{status.rates.get(name, 0.0):,.1f}</td>'
        f'<td class="n">{status.totals[name]:,.0f}</td></tr>'
        for name, label in _HOPS
        if name in status.totals
    )
    waiting = ", ".join(
        f"{status.totals[name]:,.0f} {text}" for name, text in _WAITING if status.totals.get(name)
    )
    refused = ", ".join(f"{status.totals.get(name, 0):,.0f} {text}" for name, text in _REFUSED)
    return (
        f'<div style="margin-bottom:6px;line-height:26px">{parts}</div><table><thead><tr>'
        f'<th>Readings</th><th class="n">per second</th><th class="n">since the start</th></tr></thead>'
        f"<tbody>{hops}</tbody></table>"
        f"<div class='muted'>{f'Waiting: {waiting}' if waiting else 'Nothing waits'}. {refused}.</div>"
    )


_HOPS = (
    ("sent", "sent by boards"), ("accepted", "accepted by the gateway"),
    ("forwarded", "forwarded to Fluentd"), ("delivered", "delivered to Kafka"), ("joined", "joined"),
    ("stored", "stored"), ("windows", "in windows"),
)  # fmt: skip
_REFUSED = (("rejected", "rejected"), ("duplicates", "sent twice"), ("dropped", "too late for a window"))
_WAITING = (
    ("kept", "on the boards"), ("spooled", "in the spool"), ("behind", "not joined yet"),
    ("behind_readings", "not stored yet"), ("behind_windows", "in no window yet"),
)  # fmt: skip


def _state_colour(state: str) -> str:
    return GOOD if state == "running" else ALARM if state in ("failing", "restarting") else QUIET


def _head(q: Quantity) -> str:
    return q.unit if q.unit.lower() == q.name else f"{_title(q.name)}, {q.unit}"


def _title(name: str) -> str:
    return "pH" if name == "ph" else name.capitalize()


def _tile(name: str, value: str, label: str, warn: bool) -> str:
    look = "tile warn" if warn else "tile"
    return f'<div class="{look}" id="tile-{name}"><b>{value}</b><span class="muted">{label}</span></div>'


def _field_row(field: Field, now: Now | None, spark: str, outlook: Mapping[str, str]) -> str:
    means = now.means if now else {}
    moisture = means.get("moisture")
    dry = moisture is not None and moisture < field.moisture_threshold
    shown = tag(number(moisture), ALARM) if dry else f"<b>{number(moisture)}</b>"
    cells = "".join(
        f'<td class="n">{number(means.get(q.name), 2 if q.name == "ph" else 1)}</td>'
        for q in QUANTITIES
        if q is not quantity("moisture")
    )
    expected = f"<td>{escape(outlook.get(field.field_id, '–'))}</td>" if outlook else ""
    return (
        f'<tr id="field-{escape(field.field_id)}"><td><b>{escape(field.name)}</b></td>'
        f'<td class="n">{f"{now.sending} / {now.boards}" if now else "–"}</td><td class="n">{shown}</td>'
        f'<td class="n">{number(field.moisture_threshold)}</td><td>{spark}</td>'
        f"{cells}{expected}</tr>"
    )
