"""A query is built again when what it was built from has changed, and not too often."""

from msgspec.structs import replace

from streaming.master import Master, Snapshot
from streaming.renewal import PAUSE, Renewal
from telemetry.master import Field, Sensor
from telemetry.rule import Rule

NORTH = Field(field_id="north", name="North", moisture_threshold=20.0)
RULE = Rule(rule="cold", quantity="temperature", comparison="below", threshold=5.0)
FIRST = Snapshot((Sensor(sensor_id="7", field_id="north"),), (NORTH,), (RULE,))


def test_rules_places_and_soils_count_and_thresholds_do_not() -> None:
    now = [0.0]
    master = Master(FIRST)
    renewal = Renewal(master, lambda: now[0])
    changes = (
        (replace(FIRST, fields=(replace(NORTH, moisture_threshold=30.0),)), False),
        (replace(FIRST, sensors=(Sensor(sensor_id="7", field_id="north", lon=1.0, lat=2.0),)), False),
        (replace(FIRST, sensors=()), True),
        (FIRST, True),
        (replace(FIRST, rules=()), True),
        (replace(FIRST, fields=(replace(NORTH, soil="clay"),)), True),
    )
    for snapshot, expected in changes:
        now[0] += PAUSE
        master.replace(snapshot)
        assert renewal.due() is expected
        assert not renewal.due()


def test_changes_that_come_in_pieces_are_one_renewal() -> None:
    now = [0.0]
    master = Master(FIRST)
    renewal = Renewal(master, lambda: now[0])
    found = []
    for second in range(round(2 * PAUSE)):
        now[0] = float(second)
        if second < 10:
            master.replace(replace(FIRST, rules=(RULE,) * second))
        found.append(renewal.due())
    assert found.index(True) == PAUSE
    assert found.count(True) == 1
