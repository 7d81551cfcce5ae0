"""The simulated boards: what they measure and do, and that no reading of a manifest is lost on a wire."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.simulator import Fleet, SimulatorError, SimulatorSettings, run
from firmware.simulator.board import Board, Measured
from firmware.simulator.faults import KINDS, parse_faults
from firmware.simulator.soil_water import bucket, step
from firmware.simulator.wiring import fleet_of, make_boards
from telemetry.soil import TEXTURES
from tests.pages import table_rows
from tests.unit.edge_gateway.boards import until
from tests.unit.edge_gateway.far_end import FarEnd
from tests.unit.edge_gateway.running import running, settings

START_MS = 1_780_272_000_000  # 2026-06-01T00:00Z
HOUR_MS = 3_600_000


def boards(**options: Any) -> list[Board]:
    """Those of MQTT that these settings mean."""
    chosen = SimulatorSettings(mqtt="mqtt://127.0.0.1", time_zone="UTC", **options)
    return make_boards(chosen, fleet_of(chosen), START_MS, {})


def measured(board: Board, count: int, every_ms: int = 10_000) -> list[Measured]:
    return [board.measure(START_MS + n * every_ms) for n in range(count)]


def with_fault(kind: str) -> list[Measured]:
    """300 readings of a board that has this fault only; at least one of them has it."""
    (board,) = boards(boards=1, faults={kind: 0.05})
    found = measured(board, 300)
    assert any(kind in one.labels for one in found)
    return found


def test_a_run_repeats_itself_and_another_seed_is_another_farm() -> None:
    first, again, other = (
        [one for board in boards(seed=seed, faults={"spike": 0.1}) for one in measured(board, 50)]
        for seed in (7, 7, 8)
    )
    assert first == again
    assert {one.reading.id for one in first}.isdisjoint(one.reading.id for one in other)


def test_fields_have_their_boards_inside_and_the_last_one_is_dry() -> None:
    fleet = Fleet(boards=24)
    fields = {field.field_id: field for field in fleet.fields()}
    for sensor in fleet.sensors():
        corners = fields[str(sensor.field_id)].outline
        assert sensor.lon and min(at.lon for at in corners) < sensor.lon < max(at.lon for at in corners)
        assert sensor.lat and min(at.lat for at in corners) < sensor.lat < max(at.lat for at in corners)
    for board in boards(boards=24):
        field = fields[str(board.sensor.field_id)]
        mean = sum(one.reading.main.moisture or 0 for one in measured(board, 60)) / 60
        assert (mean < field.moisture_threshold) == fleet.is_dry(field.field_id)


def test_temperature_and_humidity_follow_the_day() -> None:
    (board,) = boards(boards=1, dry_fields=0)
    days = measured(board, 24 * 10, HOUR_MS)

    def mean(name: str, hours: set[int]) -> float:
        values = [getattr(one.reading.main, name) for n, one in enumerate(days) if n % 24 in hours]
        return sum(values) / len(values)

    offset = round((board.sensor.lon or 0) / 15)  # from the sun's noon to UTC
    noon, night = ({(hour - offset) % 24 for hour in hours} for hours in ((13, 14, 15), (3, 4, 5)))
    assert mean("temperature", noon) > mean("temperature", night) + 3
    assert mean("humidity", noon) < mean("humidity", night) - 5


@given(
    st.sampled_from(sorted(TEXTURES)), st.floats(0, 1), st.floats(0, 60), st.floats(0, 1.5)
)  # fmt: skip
def test_no_water_comes_from_nowhere(soil: str, share: float, water: float, et0: float) -> None:
    ground = bucket(soil)
    storage = ground.wilting_point + share * (ground.saturation - ground.wilting_point)
    done = step(storage, ground, water, et0)
    assert done.storage + done.evaporated + done.drained + done.ran_off == pytest.approx(storage + water)
    assert ground.wilting_point - 1e-9 <= done.storage <= ground.saturation + 1e-9
    assert min(done.evaporated, done.drained, done.ran_off) >= 0


def test_a_dropout_is_null_with_its_reason() -> None:
    for one in with_fault("dropout"):
        main = msgspec.structs.asdict(one.reading.main)
        missing = [name for name, value in main.items() if value is None]
        assert missing == list(one.reading.faults)
        assert bool(missing) == ("dropout" in one.labels)


def test_a_stuck_sensor_repeats_itself() -> None:
    stuck = [one.reading.main for one in with_fault("stuck") if "stuck" in one.labels]
    assert len(stuck) >= 10
    names = ("temperature", "humidity", "ph", "moisture")
    assert any(len({getattr(main, name) for main in stuck[:10]}) == 1 for name in names)


@pytest.mark.parametrize(("kind", "farthest"), [("jump", 1.0), ("drift", 2.0), ("noise", 1.0)])
def test_a_bad_probe_is_off_for_a_while(kind: str, farthest: float) -> None:
    (right,), (bad,) = boards(boards=1), boards(boards=1, faults={kind: 0.004})
    pairs = list(zip(measured(right, 1500), measured(bad, 1500), strict=True))
    off = [shares_off(*pair) for pair in pairs]
    assert not any(each for each, (_, one) in zip(off, pairs, strict=True) if kind not in one.labels)
    shares = [share for each in off for share in each]
    assert all(len(each) <= 1 for each in off)
    assert max(shares) == pytest.approx(farthest, abs=0.15)
    assert (len(set(shares)) > 5) == (kind != "jump")


def shares_off(right: Measured, bad: Measured) -> set[float]:
    """By how much the values differ, in sizes of each quantity's fault."""
    values = (msgspec.structs.astuple(one.reading.main) for one in (right, bad))
    return {
        round(abs(b - a) / size, 1)
        for a, b, size in zip(*values, (3.0, 12.0, 0.6, 6.0), strict=True)
        if a != b
    }


def test_the_page_of_commands_names_every_kind() -> None:
    told = table_rows("cli.md")
    assert {kind: told.get(f"`{kind}`") for kind in KINDS} == KINDS


def test_a_reboot_counts_boots_and_begins_at_0() -> None:
    before = None
    for one in with_fault("reboot"):
        if before is not None:
            rebooted = "reboot" in one.labels
            assert one.reading.boot == before.boot + rebooted
            assert one.reading.seq == (0 if rebooted else before.seq + 1)
        before = one.reading


def test_a_lost_clock_gives_no_date() -> None:
    for one in with_fault("clock-loss"):
        assert (one.reading.date is None) == ("clockless" in one.labels)


def test_what_is_wrong_is_one_sentence() -> None:
    with pytest.raises(SimulatorError, match="There is no fault 'rain'"):
        parse_faults("rain=1")
    with pytest.raises(SimulatorError, match="is not a fault with a rate"):
        parse_faults("spike")
    with pytest.raises(SimulatorError, match="is not a broker"):
        SimulatorSettings(mqtt="http://here")
    with pytest.raises(SimulatorError, match="`offline_for` must be shorter than `max_skew`"):
        SimulatorSettings(accelerate=10, max_skew=60, offline_for=60)


def test_boards_that_go_offline_while_the_gateway_is_away_go_on_when_it_is_back(tmp_path: Path) -> None:
    """Faster than real time their clock waits for acknowledgements: not for a board that cannot send."""
    manifest, stop = tmp_path / "manifest.jsonl", threading.Event()
    chosen = SimulatorSettings(
        boards=8, serial=tmp_path / "serial", interval=10, duration=600, accelerate=200, max_skew=100,
        start=datetime.now(UTC) - timedelta(seconds=610), offline_for=60, faults={"offline": 0.2},
        resend=0.2, drain=20, manifest=manifest, state=tmp_path / "boards.json",
    )  # fmt: skip
    thread = threading.Thread(target=run, args=(chosen, stop))
    with FarEnd() as far:
        thread.start()
        try:
            sleep(1)  # all have readings that nobody has acknowledged, and some are offline
            with running(settings(tmp_path, far.port), tmp_path):
                thread.join(60)
                assert not thread.is_alive(), "the boards wait for ever"
                sent = [msgspec.json.decode(line) for line in manifest.read_bytes().splitlines()]
                wanted = {(e["id"], e["boot"], e["seq"]) for e in sent if e["kind"] == "reading"}
                assert len(wanted) == 8 * 60
                until(lambda: len(far.records()) >= len(wanted))
                assert {(r["id"], r["boot"], r["seq"]) for r in far.records()} == wanted
        finally:
            stop.set()
            thread.join()
