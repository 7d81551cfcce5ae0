"""Instants and spans as text: UTC with milliseconds, and durations such as `90s` or `1h`."""

import re
from datetime import UTC, datetime, timedelta

from telemetry.errors import SettingsError

__all__ = ["duration", "from_epoch_ms", "iso", "to_epoch_ms", "truncate_ms", "utc_now"]

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "y": 31536000.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d|y)?")


def utc_now() -> datetime:
    """The wall clock, aware, in UTC."""
    return datetime.now(UTC)


def iso(at: datetime) -> str:
    """`2026-11-24T02:00:00.123Z`: UTC, always three decimals."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def truncate_ms(at: datetime) -> datetime:
    """Cut to whole milliseconds in UTC: what every store on the way keeps."""
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


def to_epoch_ms(at: datetime) -> int:
    """Milliseconds since 1970-01-01T00:00Z, exact."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def from_epoch_ms(milliseconds: int) -> datetime:
    """The instant of `milliseconds` since 1970; OverflowError outside of years 1 to 9999."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def duration(text: str) -> float:
    """Seconds in `10s`, `5m`, `1.5h`, `2d`, `250ms`, `1y` (365 d) or a bare number of seconds."""
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise SettingsError(f"'{text}' is not a duration: write for example 10s, 5m, 1h or 2d.")
    return float(found[1]) * _UNITS[found[2] or "s"]
