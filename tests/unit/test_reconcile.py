"""The end-to-end tests' judge: it must see each kind of loss, double and wrong value."""

import copy
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.local.reconcile import differences
from tests.local.reconcile_facts import Farm, Found, iso
from tests.local.reconcile_rejected import reject_id

T0 = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
FARM = Farm(
    thresholds={"north": 25.0},
    window=timedelta(seconds=20),
    slide=timedelta(seconds=10),
    late_after=timedelta(seconds=60),
)
RAW, SOURCE = b"R id=1 boot=", "serial:board-1"


def reading(seq: int, moisture: float) -> dict[str, Any]:
    main = {"temperature": 20.0, "humidity": None, "ph": 6.5, "moisture": moisture}
    return {
        "kind": "reading", "id": "1", "boot": 1, "seq": seq, "date": iso(T0 + timedelta(seconds=10 * seq)),
        "coord": {"lon": 1.0, "lat": 2.0}, "main": main, "faults": {"humidity": "crc"}, "field_id": "north",
        "via": "serial", "source": SOURCE,
    }  # fmt: skip


ENTRIES = [
    *(reading(seq, moisture) for seq, moisture in enumerate((20.0, 22.0, 40.0, 41.0))),
    {"kind": "malformed", "raw": b64encode(RAW).decode(), "via": "serial", "source": SOURCE},
]


def row(seq: int, moisture: float) -> dict[str, Any]:
    at = T0 + timedelta(seconds=10 * seq)
    return {
        "sensor_id": "1", "day": at.date(), "date": at, "boot": 1, "seq": seq, "field_id": "north",
        "lon": 1.0, "lat": 2.0, "temperature": 20.0, "humidity": None, "ph": 6.5, "moisture": moisture,
        "faults": {"humidity": "crc"}, "gateway": "gateway-1", "received": at, "time_source": "board",
        "late": False,
    }  # fmt: skip


def window(number: int, moistures: list[float]) -> dict[str, Any]:
    start, count = T0 + timedelta(seconds=10 * number), len(moistures)
    return {
        "field_id": "north", "day": start.date(), "window_start": start, "threshold": 25.0, "count": count,
        "window_end": start + timedelta(seconds=20), "count_temperature": count, "mean_temperature": 20.0,
        "count_humidity": 0, "mean_humidity": None, "count_ph": count, "mean_ph": 6.5,
        "count_moisture": count, "mean_moisture": sum(moistures) / count,
    }  # fmt: skip


def dry(number: int, mean: float) -> tuple[str, dict[str, Any]]:
    return f"north|{iso(T0 + timedelta(seconds=10 * number))}", {"dry": True, "mean_moisture": mean}


def all_there() -> Found:
    opened, closed = T0 + timedelta(seconds=10), T0 + timedelta(seconds=30)
    alert = {
        "alert_id": "a", "field_id": "north", "opened": opened, "updated": closed, "closed": closed,
        "state": "closed", "rule": "soil-moisture-low", "severity": "warning", "value": 21.0,
        "threshold": 25.0,
    }  # fmt: skip
    message = alert | {name: iso(alert[name]) for name in ("opened", "updated", "closed")}  # type: ignore[arg-type]
    refused = {
        "reject_id": reject_id(SOURCE, RAW), "stage": "gateway", "source": SOURCE, "raw": RAW,
        "reason": "line has no CRC",
    }  # fmt: skip
    return Found(
        newest=T0 + timedelta(seconds=30),
        readings=[row(seq, m) for seq, m in enumerate((20.0, 22.0, 40.0, 41.0))],
        rejected=[refused],
        windows=[
            window(-1, [20.0]), window(0, [20.0, 22.0]), window(1, [22.0, 40.0]), window(2, [40.0, 41.0]),
            window(3, [41.0]),
        ],
        alerts=[alert],
        dry_messages=dict([dry(-1, 20.0), dry(0, 21.0)]),
        alert_messages={"a": message},
    )  # fmt: skip


def test_nothing_differs_where_all_is_there() -> None:
    assert differences(ENTRIES, FARM, all_there()) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda f: f.readings.pop(), "reading ('1', 1, 3) is not stored"),
        (lambda f: f.readings.append(row(9, 1.0)), "reading ('1', 1, 9) was never sent"),
        (lambda f: f.readings.append(f.readings[0] | {"date": T0}), "stored 2 times"),
        (lambda f: f.readings[0].update(ph=6.4), "'ph': (6.4, 6.5)"),
        (lambda f: f.readings[0].update(faults=None), "'faults'"),
        (lambda f: f.readings[0].update(field_id=None), "'field_id'"),
        (lambda f: f.readings[0].update(late=True), "'late'"),
        (lambda f: f.readings[0].update(date=T0 + timedelta(seconds=1)), "'date'"),
        (lambda f: f.rejected.clear(), "is not in table rejected"),
        (lambda f: f.rejected.append(f.rejected[0] | {"raw": b"x"}), "was never sent"),
        (lambda f: f.rejected.append(f.rejected[0]), "rejected 2 times"),
        (lambda f: f.rejected[0].update(reason="not JSON"), "reason 'not JSON'"),
        (lambda f: f.rejected[0].update(source="serial:x"), "'source'"),
        (lambda f: f.windows.pop(0), "window north 11:59:50 is not stored"),
        (lambda f: f.windows.append(window(7, [1.0])), "window north 12:01:10 has no readings"),
        (lambda f: f.windows[1].update(count=3), "'count': (3, 2)"),
        (lambda f: f.windows[1].update(mean_moisture=21.1), "'mean_moisture': (21.1, 21.0)"),
        (lambda f: f.dry_messages.popitem(), "is not in whc-less-sensor-data"),
        (lambda f: f.dry_messages.update([dry(1, 31.0)]), "which is not dry"),
        (lambda f: f.alerts.clear(), "alert of north 12:00:10 is not stored"),
        (lambda f: f.alerts[0].update(closed=None), "'closed'"),
        (lambda f: f.alerts[0].update(opened=T0), "has no dry windows"),
        (lambda f: f.alert_messages.clear(), "alert a is not in sensor-alerts"),
        (lambda f: f.alert_messages["a"].update(state="open"), "sensor-alerts has a"),
    ],
)
def test_what_differs_is_told(change: Any, told: str) -> None:
    found = copy.deepcopy(all_there())
    change(found)
    assert any(told in line for line in differences(ENTRIES, FARM, found))
