"""When a field will need water, in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from storage.forecasts import Errors

__all__ = ["outlook_text"]

_SOON = 0.5
"""Hours that are `now`."""


def outlook_text(row: Mapping[str, Any], now: datetime, errors: Errors | None = None) -> str:
    """`in about 14 h (27% within 24 h)`, and as the truth has come: `, off by 0.9 %, 120 forecasts`.

    `errors` are those of forecasts for the next day; off by is the root of their mean square.
    """
    hours, chance = row["hours_to_threshold"], row["probability"]
    left = None if hours is None else hours - (now - row["made_at"]).total_seconds() / 3600
    soon = left is not None and left < _SOON
    when = "not in sight" if left is None else "now" if soon else f"in about {left:.0f} h"
    told = when if chance is None else f"{when} ({chance:.0%} within 24 h)"
    return told if errors is None else f"{told}, off by {errors.rmse:.1f} %, {_count(errors.count)}"


def _count(forecasts: int) -> str:
    return f"{forecasts:,} forecast{'' if forecasts == 1 else 's'}"
