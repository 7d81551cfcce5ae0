"""A field's last hours as a line the size of a word, with its threshold, as SVG."""

from collections.abc import Mapping, Sequence
from typing import Any

from notebooks.live.gaps import with_gaps
from telemetry.master import Field

__all__ = ["spark_svg"]

_WIDE, _HIGH, _AIR = 120, 26, 3


def spark_svg(windows: Sequence[Mapping[str, Any]], field: Field) -> str:
    """Mean moisture over the windows; dashed where the threshold is, if that is within reach."""
    points = with_gaps([(row["window_end"], row["mean_moisture"]) for row in windows])
    values = [value for _, value in points if value is not None]
    if len(values) < 2:
        return '<span class="muted">no windows yet</span>'
    low, high = min(values), max(values)
    if low - 3 < field.moisture_threshold < high + 3:
        low, high = min(low, field.moisture_threshold), max(high, field.moisture_threshold)
    span = max(high - low, 0.5)
    begin, length = points[0][0], max((points[-1][0] - points[0][0]).total_seconds(), 1.0)

    def y(value: float) -> float:
        return _HIGH - _AIR - (value - low) / span * (_HIGH - 2 * _AIR)

    path, pen = [], "M"
    for at, value in points:
        if value is None:
            pen = "M"
            continue
        path.append(f"{pen}{(at - begin).total_seconds() / length * _WIDE:.1f},{y(value):.1f}")
        pen = "L"
    level = y(field.moisture_threshold)
    limit = f'<path d="M0,{level:.1f}H{_WIDE}" stroke="#C24E00" stroke-dasharray="3 3" opacity=".8"/>'
    return (
        f'<svg class="spark" width="{_WIDE}" height="{_HIGH}" viewBox="0 0 {_WIDE} {_HIGH}" role="img" '
        f'aria-label="moisture from {values[0]:.1f} to {values[-1]:.1f} %">'
        f'{limit if 0 <= level <= _HIGH else ""}<path d="{"".join(path)}" fill="none" stroke="#0072B2" '
        f'stroke-width="1.8"/></svg>'
    )
