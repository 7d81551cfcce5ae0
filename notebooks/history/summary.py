"""What was seen, in figures: a row for each line, and a field's last days."""

from collections.abc import Sequence
from html import escape
from zoneinfo import ZoneInfo

import numpy as np

from notebooks.history.combine import by_day, lasting
from notebooks.history.picture import Named
from notebooks.look import number
from telemetry.quantities import quantity

__all__ = ["days_html", "summary_html", "times_text"]

_DAYS = 10


def times_text(shown: Sequence[Named], zone: ZoneInfo) -> str:
    """Whose clocks the page goes by, where its fields do not agree."""
    others = {named.zone.key for named in shown} - {zone.key}
    return f"times are {escape(zone.key)}" + (", as most of these fields have it" if others else "")


def summary_html(shown: Sequence[Named], what: str) -> str:
    """Least, mean and greatest value, time below the threshold, holes; of the times that are known."""
    moist = what == "moisture"
    more = '<th class="n">Threshold, %</th><th class="n">Time below</th>' if moist else ""
    rows = "".join(_row(named, what, moist) for named in shown)
    return (
        '<div class="scroll"><table><thead><tr><th></th>'
        f'<th class="n">Least</th><th class="n">Mean</th><th class="n">Greatest, {quantity(what).unit}</th>'
        f'{more}<th class="n">Points</th><th class="n">Gaps</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def days_html(shown: Sequence[Named], what: str, resolution: str) -> str:
    """The last days of the first line, from midnight to midnight of its field; by day of UTC as they lie."""
    zone = "UTC" if resolution == "1d" or not shown else shown[0].zone.key
    table = by_day(shown[0].curve, zone).tail(_DAYS) if shown and len(shown[0].curve.times) else None
    if table is None or not len(table):
        return '<span class="muted">No days to show.</span>'
    places = 2 if what == "ph" else 1
    rows = "".join(
        f'<tr><td>{day:%a %d %b}</td><td class="n">{number(row["low"], places)}</td>'
        f'<td class="n">{number(row["mean"], places)}</td>'
        f'<td class="n">{number(row["high"], places)}</td></tr>'
        for day, row in reversed(list(table.iterrows()))
    )
    return (
        f'<div class="scroll"><table><thead><tr><th>{escape(shown[0].name)}</th><th class="n">Least</th>'
        f'<th class="n">Mean</th><th class="n">Greatest</th></tr></thead><tbody>{rows}</tbody></table></div>'
        f'<span class="muted">Days of {escape(zone)}.</span>'
    )


def _row(named: Named, what: str, moist: bool) -> str:
    curve, places = named.curve, 2 if what == "ph" else 1
    there, lasts = ~np.isnan(curve.mean), lasting(curve)
    values = (
        (np.nanmin(curve.low), np.average(curve.mean[there], weights=lasts[there]), np.nanmax(curve.high))
        if there.any()
        else (None, None, None)
    )
    cells = "".join(f'<td class="n">{number(value, places)}</td>' for value in values)
    if moist:
        limit = named.field.moisture_threshold if named.field else None
        dry = curve.mean < limit if limit is not None and there.any() else None
        share = None if dry is None else float(lasts[dry].sum() / lasts.sum())
        below = "–" if share is None else f"{share:.0%}"
        cells += f'<td class="n">{number(limit)}</td><td class="n">{below}</td>'
    gaps = int(np.count_nonzero(~there))
    return (
        f'<tr><td><span class="key"><i class="mark line" style="--c:{named.colour}"></i>'
        f'{escape(named.name)}</span></td>{cells}<td class="n">{int(there.sum()):,}</td>'
        f'<td class="n">{gaps}</td></tr>'
    )
