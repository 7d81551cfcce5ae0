"""Windows of one field for the tests of alerts: a minute apart, five minutes long, threshold 20 %."""

from datetime import UTC, datetime, timedelta

from streaming.alerts import Window

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def window(minute: int, moisture: float | None, *, count: int = 5, field: str = "north") -> Window:
    """The window that starts `minute` minutes after START."""
    start = START + minute * MINUTE
    return Window(
        field_id=field, field_name="North", start=start, end=start + 5 * MINUTE, count=count,
        moisture=moisture, threshold=20.0, wilting_point=10.0,
    )  # fmt: skip


def at(minute: int) -> datetime:
    """Event time."""
    return START + minute * MINUTE
