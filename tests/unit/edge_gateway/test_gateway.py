"""The whole gateway where something fails: the spool, the disk, the far end, the process itself."""

import json
import logging
import urllib.request
from pathlib import Path

import pytest
from msgspec.structs import replace

from edge_gateway.errors import SpoolCorrupt
from edge_gateway.gateway import Gateway
from edge_gateway.settings import HttpSettings, MqttSettings
from telemetry.errors import FarmstreamError, SettingsError
from telemetry.payload import encode_payload
from tests.unit.edge_gateway.boards import PtyBoard, fresh, line, until
from tests.unit.edge_gateway.far_end import FarEnd
from tests.unit.edge_gateway.running import running, settings
from tests.unit.edge_gateway.scripted_broker import ScriptedBroker


def get(gateway: Gateway, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{gateway.http_port}{path}") as answer:
        return str(answer.read().decode())


@pytest.fixture
def serial(tmp_path: Path) -> Path:
    (tmp_path / "serial").mkdir()
    return tmp_path / "serial"


def test_while_the_spool_is_full_nothing_is_acknowledged_and_then_all_is(
    tmp_path: Path, serial: Path
) -> None:
    """thingsboard-gateway #1483: full, and never recovers. Telegraf #5536: dropped silently."""
    with FarEnd() as gone:
        port = gone.port
    with PtyBoard(serial / "one") as board, running(settings(tmp_path, port, max_rows=3), tmp_path) as gw:
        until(lambda: gw.health()["sources"] == {"serial:one": "ok"})
        board.say(line(0) + line(1))
        until(lambda: board.hears() == b"A 1 0\r\nA 1 1\r\n")
        board.say(line(2) + line(3))
        until(lambda: "at most 3 rows" in str(gw.health()["problems"]))
        for seq in range(4, 50):
            board.say(line(seq))  # taken off the line, not acknowledged: the board keeps them
        assert board.hears() == b"A 1 0\r\nA 1 1\r\n"
        assert gw.health()["status"] == "degraded"
        with FarEnd(port=port) as far:
            until(lambda: board.hears().endswith(b"A 1 2\r\nA 1 3\r\n"))
            for seq in range(4, 50):
                board.say(line(seq))
                until(lambda s=seq: board.hears().endswith(b"A 1 %d\r\n" % s))
            until(lambda: gw.health()["status"] == "ok" and gw.spool.rows == 0)
            assert [r["seq"] for r in far.records()] == list(range(50))


def test_a_full_spool_leaves_readings_with_the_broker(tmp_path: Path) -> None:
    """Mosquitto's bridge #3472 drops while offline; here the broker keeps what it was not acknowledged."""
    with FarEnd() as gone:
        port = gone.port
    with ScriptedBroker() as broker:
        mqtt = MqttSettings(port=broker.port, retry_max="0.2s")
        with running(replace(settings(tmp_path, port, max_rows=1), mqtt=mqtt), tmp_path) as gw:
            until(lambda: broker.subscribed == 1)
            broker.deliver("farm/b1/reading", encode_payload(fresh(0)), 1)
            until(lambda: broker.pubacks == [1])
            broker.deliver("farm/b1/reading", encode_payload(fresh(1)), 2)
            until(lambda: "paused: the spool is full" in str(gw.health()["sources"]))
            with FarEnd(port=port) as far:
                until(lambda: broker.subscribed == 2)
                broker.deliver("farm/b1/reading", encode_payload(fresh(1)), 2)
                until(lambda: broker.pubacks == [1, 2])
                until(lambda: [r["seq"] for r in far.records()] == [0, 1])


def test_reconnecting_touches_nothing_in_the_spool(tmp_path: Path, serial: Path) -> None:
    """thingsboard-gateway #2124: the store was destroyed on reconnect."""
    with (
        FarEnd(acknowledge=lambda _name: False) as far,
        running(settings(tmp_path, far.port), tmp_path) as gw,
    ):
        for seq in range(3):
            with PtyBoard(serial / "one") as board:
                until(lambda: gw.health()["sources"].get("serial:one") == "ok")
                board.say(line(seq))
                until(lambda b=board: b.hears().startswith(b"A 1 "))
            attempts = len(far.seen)
            until(lambda n=attempts: len(far.seen) > n + 1)
            assert gw.spool.rows == seq + 1
        far.acknowledge = lambda _name: True
        until(lambda: [r["seq"] for r in far.records()] == [0, 1, 2])


def test_memory_stays_bounded_while_the_far_end_is_down(tmp_path: Path, serial: Path) -> None:
    with FarEnd() as gone:
        port = gone.port
    with PtyBoard(serial / "one") as board, running(settings(tmp_path, port), tmp_path) as gw:
        until(lambda: gw.health()["sources"] == {"serial:one": "ok"})
        for seq in range(0, 3000, 10):
            board.say(b"".join(line(s) for s in range(seq, seq + 10)))
            board.hears()
        until(lambda: gw.spool.rows == 3000)
        assert not gw.intake.pending
        assert gw.health()["oldest_s"] > 0


def test_a_damaged_spool_is_replaced_at_the_start(tmp_path: Path, serial: Path) -> None:
    """Telegraf #18528."""
    (tmp_path / "spool.db").write_bytes(b"damage" * 2000)
    with (
        FarEnd() as far,
        PtyBoard(serial / "one") as board,
        running(settings(tmp_path, far.port), tmp_path) as gw,
    ):
        until(lambda: gw.health()["sources"] == {"serial:one": "ok"})
        board.say(line(0))
        until(lambda: len(far.records()) == 1)


def test_damage_found_at_work_ends_the_gateway_with_a_sentence(tmp_path: Path, serial: Path) -> None:
    with FarEnd() as gone:
        port = gone.port
    with PtyBoard(serial / "one") as board, running(settings(tmp_path, port), tmp_path) as gw:
        until(lambda: gw.health()["sources"] == {"serial:one": "ok"})
        for seq in range(0, 2000, 10):
            board.say(b"".join(line(s) for s in range(seq, seq + 10)))
            board.hears()
        until(lambda: gw.spool.rows == 2000)
    with (tmp_path / "spool.db").open("r+b") as file:
        size = file.seek(0, 2)
    with (
        FarEnd(acknowledge=lambda _name: False) as far,
        Gateway(settings(tmp_path, far.port), tmp_path) as gw,
    ):
        with (tmp_path / "spool.db").open("r+b") as file:
            file.seek(4096)
            file.write(b"\xa5" * (size - 4096))
        far.acknowledge = lambda _name: True
        with pytest.raises(SpoolCorrupt, match="restart to move it aside"):
            gw.run()


def test_health_and_metrics_are_served(tmp_path: Path, serial: Path) -> None:
    """thingsboard-gateway #1619: no health endpoint."""
    with (
        FarEnd() as far,
        PtyBoard(serial / "one") as board,
        running(settings(tmp_path, far.port), tmp_path) as gw,
    ):
        until(lambda: gw.health()["sources"] == {"serial:one": "ok"})
        board.say(line(0) + line(0) + b"junk\r\n")
        until(lambda: gw.spool.rows == 0 and gw.health()["forwarded"] == 2)
        health = json.loads(get(gw, "/health"))
        counts = {
            k: health[k] for k in ("received", "accepted", "duplicates", "rejected", "forwarded", "spooled")
        }
        assert list(counts.values()) == [3, 1, 1, 1, 2, 0]
        assert (health["status"], health["oldest_s"], health["problems"]) == ("ok", None, [])
        metrics = get(gw, "/metrics")
        assert "farmstream_gateway_received_total 3.0" in metrics
        assert 'farmstream_gateway_source_up{source="serial:one"} 1.0' in metrics
        with pytest.raises(urllib.error.HTTPError, match="404"):
            get(gw, "/else")


def test_a_port_in_use_and_a_wrong_zone_are_sentences(tmp_path: Path, serial: Path) -> None:
    with FarEnd() as far:
        mine = settings(tmp_path, far.port)
        taken = replace(mine, http=HttpSettings(port=far.port))
        with (
            pytest.raises(FarmstreamError, match=r"Cannot serve HTTP on 127\.0\.0\.1"),
            Gateway(taken, tmp_path),
        ):
            pass
        zone = replace(mine, legacy_time_zone="Mars/Base", mqtt=MqttSettings())
        with pytest.raises(SettingsError, match="Mars/Base"), Gateway(zone, tmp_path):
            pass


def test_stopping_commits_and_drains(tmp_path: Path, serial: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with FarEnd() as far, PtyBoard(serial / "one") as board:
        with running(settings(tmp_path, far.port, commit_after="10s"), tmp_path) as gw:
            until(lambda: gw.health()["sources"] == {"serial:one": "ok"})
            board.say(line(0))
            until(lambda: gw.intake.pending == 1)
            assert board.hears() == b""
        assert [r["seq"] for r in far.records()] == [0]
        assert "0 entries stay in the spool" in caplog.text
