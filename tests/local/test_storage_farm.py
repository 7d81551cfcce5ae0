"""`from storage import connect` on a real Cassandra."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest

from storage import connect, master
from storage.days import Span
from storage.errors import QueryFailed, Unreachable
from storage.farm import Farm
from storage.how import How
from storage.latest import write_readings
from storage.queries import alerts
from storage.session import connect as open_session
from storage.settings import Cassandra
from telemetry.clock import utc_now
from telemetry.master import Field, Sensor
from telemetry.reading import Coord
from tests.local.storage_tables import insert, insert_alert, insert_reading, migrated, reading_batch
from tests.servers import Server

pytestmark = pytest.mark.servers

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OUTLINE = (Coord(lon=1.0, lat=2.0), Coord(lon=1.1, lat=2.0), Coord(lon=1.1, lat=2.1))
FIELD = Field(
    field_id="north",
    name="North",
    soil="loam",
    moisture_threshold=23.0,
    time_zone="Asia/Tokyo",
    outline=OUTLINE,
)


@pytest.fixture(scope="module")
def ready(cassandra: Server) -> Iterator[Cassandra]:
    with migrated(cassandra) as settings, open_session(settings) as session:
        master.write_fields(session, settings, [FIELD])
        sensors = [
            Sensor(sensor_id=n, field_id=f) for n, f in (("a", "north"), ("b", "north"), ("lone", None))
        ]
        master.write_sensors(session, settings, sensors, utc_now())
        for sensor in ("a", "b", "lone"):
            for seq in range(10):
                insert_reading(session, settings, sensor, NOON - timedelta(hours=7 * seq), seq)
        insert_alert(session, settings, "open-one", NOON, "open")
        insert_alert(session, settings, "closed-one", NOON - timedelta(days=2), "closed")
        start = NOON - timedelta(minutes=5)
        row = {"window_end": NOON, "count": 3, "count_moisture": 2, "mean_moisture": 20.5, "threshold": 23.0}
        day = start.date()
        insert(session, settings, "field_window", field_id="north", day=day, window_start=start, **row)
        yield settings


@pytest.fixture
def farm(ready: Cassandra) -> Iterator[Farm]:
    with connect(ready.address, keyspace=ready.keyspace) as farm:
        yield farm


def test_readings_of_a_sensor_oldest_first(farm: Farm) -> None:
    frame = farm.readings("a", start="2026-02-01", end=NOON + timedelta(seconds=1)).pandas("Asia/Tokyo")
    assert list(frame["seq"]) == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    last = frame.iloc[-1]
    assert last["date"].isoformat() == "2026-03-01T21:00:00+09:00"
    assert (last["temperature"], last["faults"], last["late"]) == (20.5, {"ph": "crc"}, True)
    assert frame["moisture"].isna().all()


def test_end_is_left_out_and_start_is_in(farm: Farm) -> None:
    start = NOON - timedelta(hours=14)
    dates = farm.readings("a", start=start, end=NOON, columns=["date"]).arrow()["date"].to_pylist()
    assert dates == [start, NOON - timedelta(hours=7)]


@pytest.mark.parametrize(("of", "who"), [(None, {"a", "b", "lone"}), ("north", {"a", "b"}), ([], set())])
def test_readings_of_fields(farm: Farm, of: str | list[str] | None, who: set[str]) -> None:
    frame = farm.readings(None, of, since="30d", end=NOON, columns=["sensor_id"])
    assert set(frame.arrow()["sensor_id"].to_pylist()) == who
    assert len(frame) == 9 * len(who)
    assert f"{9 * len(who)} rows" in repr(frame)


def test_windows_and_alerts(farm: Farm) -> None:
    window = farm.windows(since="1h", end=NOON).arrow().to_pylist()
    assert [(w["field_id"], w["count"], w["mean_moisture"], w["mean_ph"]) for w in window] == [
        ("north", 3, 20.5, None)
    ]
    assert len(farm.windows("south", since="1h", end=NOON)) == 0
    alerts = farm.alerts(start="2026-02-20", end="2026-03-02T00:00Z").arrow()
    assert alerts["alert_id"].to_pylist() == ["closed-one", "open-one"]
    assert farm.alerts(state="open", start="2026-02-20").arrow()["alert_id"].to_pylist() == ["open-one"]
    assert len(farm.alerts("south", start="2026-02-20")) == 0


def test_latest_is_by_date_and_not_by_arrival(ready: Cassandra, farm: Farm) -> None:
    assert len(farm.latest()) == 0
    now = utc_now().replace(microsecond=0)

    def come(sensor: str, seq: int, back: float, ph: float | None) -> None:
        rows = reading_batch(sensor, range(seq, seq + 1)).to_pylist()
        at = now - timedelta(hours=back)
        row = rows[0] | {"date": at, "day": at.date(), "ph": ph}
        write_readings(
            ready, [pa.RecordBatch.from_pylist([row], reading_batch(sensor, range(0)).schema)], How()
        )

    for seq, back, ph in ((4, 1, 6.0), (9, 0, None), (5, 0.5, 7.0), (4, 1, 6.0), (8, 0, 7.5)):
        come("lone", seq, back, ph)
    come("b", 7, 25, 6.5)
    come("a", 7, 49, 6.5)
    latest = farm.latest().arrow().select(["sensor_id", "seq", "ph", "field_id"]).to_pylist()
    assert latest == [
        {"sensor_id": "b", "seq": 7, "ph": 6.5, "field_id": "north"},
        {"sensor_id": "lone", "seq": 9, "ph": None, "field_id": "north"},
    ]


def test_latest_holds_every_sensor_of_a_large_batch(ready: Cassandra, farm: Farm) -> None:
    now = utc_now().replace(microsecond=0)
    rows = reading_batch("x", range(6000))
    sensors = [f"many-{n % 2000}" for n in range(6000)]
    dates = pa.array([now - timedelta(seconds=n) for n in range(6000)], pa.timestamp("us", "UTC"))
    for name, column in (("sensor_id", pa.array(sensors)), ("date", dates), ("day", dates.cast(pa.date32()))):
        rows = rows.set_column(rows.schema.get_field_index(name), name, column)
    assert write_readings(ready, [rows.slice(0, 2500), rows.slice(2500)], How()) == 6000
    latest = {row["sensor_id"]: row["seq"] for row in farm.latest().arrow().to_pylist()}
    assert {name: seq for name, seq in latest.items() if name.startswith("many-")} == {
        f"many-{n}": n for n in range(2000)
    }


def test_acknowledge(farm: Farm) -> None:
    before = utc_now() - timedelta(seconds=1)
    farm.acknowledge("open-one", NOON, "Ada")
    (alert,) = farm.alerts(state="open", start="2026-02-20").arrow().to_pylist()
    assert (alert["acknowledged_by"], alert["value"], alert["rule"]) == ("Ada", 20.0, "dry")
    assert before < alert["acknowledged"] <= utc_now()


def test_an_acknowledgement_without_its_alert_is_none(farm: Farm) -> None:
    """It may outlive the row, or come before it: a page that showed it would show nothing else."""
    before = farm.alerts(start="2026-02-20").arrow()
    farm.acknowledge("unheard-of", NOON, "Ada")
    assert farm.alerts(start="2026-02-20").arrow() == before
    span = Span(NOON - timedelta(days=1), NOON + timedelta(days=1))
    told = [alert.alert_id for alert in alerts(farm.session, farm.settings, span)]
    assert "open-one" in told
    assert "unheard-of" not in told


def test_master(farm: Farm) -> None:
    assert farm.sensors().arrow()["sensor_id"].to_pylist() == ["a", "b", "lone"]
    (field,) = farm.fields().arrow().to_pylist()
    assert (field["name"], field["moisture_threshold"]) == ("North", 23.0)
    assert field["outline"][1] == {"lon": 1.1, "lat": 2.0}


def test_no_rows_keep_their_types(farm: Farm) -> None:
    empty = farm.readings("nobody", since="2d").arrow()
    assert empty.num_rows == 0
    assert empty.schema.field("date").type == pa.timestamp("ms", "UTC")


def test_which_time_is_asked_for(farm: Farm) -> None:
    with pytest.raises(QueryFailed, match="Which time"):
        farm.readings("a")
    with pytest.raises(QueryFailed, match="no time zone"):
        farm.readings("a", start="2026-03-01T12:00")
    with pytest.raises(QueryFailed, match="is not a time"):
        farm.readings("a", start="yesterday")


def test_a_home_says_where(ready: Cassandra, tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="farmstream up"):
        connect(home=tmp_path)
    state = {"phase": "running", "endpoints": {"cassandra": ready.address}}
    (tmp_path / "state.json").write_bytes(msgspec.json.encode(state))
    with connect(home=tmp_path, keyspace=ready.keyspace) as farm:
        assert len(farm.sensors()) == 3
    with pytest.raises(QueryFailed, match="no address"):
        connect("nowhere")
