"""What the alert book takes from its topic comes through as it was sent; what would stop it does not."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from streaming.alerts import RULE
from streaming.event_records import event_or_alert
from streaming.facts import Event, value_of
from streaming.told import Told, told_message

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
EVENT = Event(
    kind="breach", event_id="e", rule="cold", severity="warning", sensor_id="7", boot=None, seq=4, date=AT,
    field_id="north", field_name="North", quantity="temperature", value=3.5, threshold=5.0,
)  # fmt: skip
ALERT = Told(
    alert_id="a", rule=RULE, severity="critical", state="open", field_id="north", opened=AT, updated=AT,
    value=11.5, threshold=20.0, evidence={"windows": 3, "message": "dry"},
)  # fmt: skip


def sent(told: Event | Told, **other: Any) -> bytes:
    value = value_of(told) if isinstance(told, Event) else {"kind": "alert"} | told_message(told)[1]
    return msgspec.json.encode(value | other)


def test_what_our_queries_send_is_taken_as_it_was() -> None:
    silence = msgspec.structs.replace(EVENT, quantity="board", value=None, seq=None)
    assert [event_or_alert(sent(told)) for told in (EVENT, silence, ALERT)] == [EVENT, silence, ALERT]


FOREIGN: dict[str, bytes] = {
    "no JSON": b"\xff",
    "no object": b"[]",
    "no kind": b"{}",
    "another kind": sent(EVENT, kind="?"),
    "no such quantity": sent(EVENT, quantity="salt"),
    "a date without a zone": sent(EVENT, date="2026-06-01T12:00:00"),
    "a date that is in no year of UTC": sent(EVENT, date="0001-01-01T00:00:00+14:00"),
    "a clock that was never set": sent(EVENT, date="1970-01-01T00:00:00Z"),
    "a counter without end": sent(EVENT).replace(b'"seq":4', b'"seq":' + b"9" * 30),
    "an id that is no key": sent(EVENT, event_id="x" * 70_000),
    "a sensor that is no key": sent(EVENT, sensor_id="x" * 70_000),
    "an alert without a zone": sent(ALERT, updated="2026-06-01T12:00:00"),
    "an alert of year 9999": sent(ALERT, opened="9999-12-31T23:59:59-14:00"),
    "an alert that is no key": sent(ALERT, alert_id="x" * 70_000),
    "an alert of a rule about a sensor": sent(ALERT, rule="cold"),
    "an alert of a sensor": sent(ALERT, sensor_id="7"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_would_stop_the_book_is_refused(kind: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        event_or_alert(FOREIGN[kind])
