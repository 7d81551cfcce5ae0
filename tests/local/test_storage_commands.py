"""What the data commands print and import, on a real Cassandra."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from storage import commands, queries
from storage.alert_feed import changed_alerts
from storage.days import Span
from storage.errors import ImportRefused
from storage.master import read_fields, read_sensors
from storage.rows import Alert
from storage.session import Session
from storage.settings import Cassandra
from telemetry.clock import utc_now
from tests.local.storage_tables import insert_alert, insert_reading, migrated
from tests.servers import Server

pytestmark = pytest.mark.servers

FIELDS = """field_id,name,soil,moisture_threshold,time_zone,outline
north,North field,loam,,Asia/Tokyo,139 35; 139.1 35; 139.1 35.1
south,,sand,12.5,,
"""
SENSORS = "sensor_id,field_id,lon,lat\n1,north,139.36,35.33\n2,,,\n"


@pytest.fixture(scope="module")
def ready(cassandra: Server) -> Iterator[Cassandra]:
    with migrated(cassandra) as settings:
        yield settings


def test_import_and_list(ready: Cassandra, session: Session, tmp_path: Path) -> None:
    fields, sensors, out = tmp_path / "fields.csv", tmp_path / "sensors.csv", io.StringIO()
    fields.write_text(FIELDS)
    sensors.write_text(SENSORS)
    with pytest.raises(ImportRefused, match="line 2, column field_id: there is no field 'north'"):
        commands.import_sensors(ready, sensors, out)
    assert read_sensors(session, ready) == []

    commands.import_fields(ready, fields, out)
    commands.import_sensors(ready, sensors, out)
    assert out.getvalue() == f"{fields}: 2 fields imported.\n{sensors}: 2 sensors imported.\n"
    assert [field.moisture_threshold for field in read_fields(session, ready)] == [23.0, 12.5]
    dates = f"SELECT sensor_id, registered FROM {ready.table('sensor')}"
    registered = dict(session.execute(dates).all())
    assert all(registered.values())

    listed = tmp_path / "listed.csv"
    for lister, importer in (
        (commands.list_fields, commands.import_fields),
        (commands.list_sensors, commands.import_sensors),
    ):
        with listed.open("w") as file:
            lister(ready, file, "csv")
        importer(ready, listed, io.StringIO())
    assert (
        dict(session.execute(f"SELECT sensor_id, registered FROM {ready.table('sensor')}").all())
        == registered
    )

    commands.list_sensors(ready, as_json := io.StringIO(), "json")
    first, _ = json.loads(as_json.getvalue())
    assert first == {"sensor_id": "1", "field_id": "north", "lon": 139.36, "lat": 35.33}
    commands.list_fields(ready, table := io.StringIO())
    assert "North field" in table.getvalue()


@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_the_readings_command(ready: Cassandra, session: Session, form: commands.Form) -> None:
    at = utc_now()
    for seq in range(3):
        insert_reading(session, ready, f"shown-{form}", at - timedelta(minutes=seq), seq)
    insert_reading(session, ready, f"shown-{form}", at - timedelta(hours=2), 9)
    commands.list_readings(ready, f"shown-{form}", out := io.StringIO(), "1h", form)
    text = out.getvalue()
    if form == "json":
        assert [row["seq"] for row in json.loads(text)] == [0, 1, 2]
    elif form == "csv":
        header, *rows = text.splitlines()
        assert header.startswith("id,boot,seq,date,field_id,lon,lat,temperature,humidity,ph,moisture,faults")
        assert [row.split(",")[2] for row in rows] == ["0", "1", "2"]
    else:
        assert text.count("20.50") == 3


def test_no_readings(ready: Cassandra) -> None:
    commands.list_readings(ready, "nobody", out := io.StringIO(), "90m", "json")
    assert json.loads(out.getvalue()) == []
    commands.list_readings(ready, "nobody", out := io.StringIO(), "90m")
    assert out.getvalue() == "No readings of sensor 'nobody' in the last 90m.\n"


def test_alerts(ready: Cassandra, session: Session) -> None:
    at = utc_now().replace(microsecond=0)
    insert_alert(session, ready, "old", at - timedelta(days=2), "closed")
    insert_alert(session, ready, "new", at, "open")
    span = Span(at - timedelta(days=3), at + timedelta(minutes=1))
    found = list(queries.alerts(session, ready, span))
    assert [alert.alert_id for alert in found] == ["new", "old"]
    assert found[0].evidence == {"mean": 20.0}
    assert [alert.alert_id for alert in queries.alerts(session, ready, span, state="open")] == ["new"]

    commands.list_alerts(ready, out := io.StringIO(), as_json=True)
    assert [alert["state"] for alert in json.loads(out.getvalue())] == ["open", "closed"]
    commands.list_alerts(ready, out := io.StringIO())
    assert "closed" in out.getvalue()

    seen: dict[str, Alert] = {}
    assert [a.alert_id for a in changed_alerts(session, ready, 3 * 86400, seen)] == ["old", "new"]
    assert list(changed_alerts(session, ready, 3 * 86400, seen)) == []
    insert_alert(session, ready, "old", at - timedelta(days=2), "withdrawn")
    assert [a.state for a in changed_alerts(session, ready, 3 * 86400, seen)] == ["withdrawn"]
