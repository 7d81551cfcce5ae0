"""Boards on pseudo-terminals, through a whole gateway."""

from binascii import crc_hqx
from pathlib import Path

import pytest

from telemetry.line import MAX_LINE, refusal
from tests.unit.edge_gateway.boards import PtyBoard, line, until
from tests.unit.edge_gateway.far_end import FarEnd
from tests.unit.edge_gateway.running import running, settings


@pytest.fixture
def serial(tmp_path: Path) -> Path:
    (tmp_path / "serial").mkdir()
    return tmp_path / "serial"


def test_a_reading_is_acknowledged_and_arrives(tmp_path: Path, serial: Path) -> None:
    with (
        FarEnd() as far,
        PtyBoard(serial / "one") as board,
        running(settings(tmp_path, far.port), tmp_path) as gw,
    ):
        until(lambda: gw.health()["sources"] == {"serial:one": "ok"})
        board.say(line(0) + line(1))
        until(lambda: board.hears() == b"A 1 0\r\nA 1 1\r\n")
        until(lambda: len(far.records()) == 2)
        assert far.records()[0]["gateway"] == "gw"


def test_a_repeat_is_acknowledged_again_and_not_sent_again(tmp_path: Path, serial: Path) -> None:
    with (
        FarEnd() as far,
        PtyBoard(serial / "one") as board,
        running(settings(tmp_path, far.port), tmp_path) as gw,
    ):
        until(lambda: gw.health()["sources"] == {"serial:one": "ok"})
        for _ in range(3):
            board.say(line(0))
        until(lambda: board.hears() == b"A 1 0\r\n" * 3)
        board.say(line(1))
        until(lambda: [r["seq"] for r in far.records()] == [0, 1])
        assert gw.health()["duplicates"] == 2


def test_a_repeat_after_a_restart_is_known(tmp_path: Path, serial: Path) -> None:
    with FarEnd() as far, PtyBoard(serial / "one") as board:
        for _ in range(2):
            with running(settings(tmp_path, far.port), tmp_path) as gw:
                until(lambda gw=gw: gw.health()["sources"] == {"serial:one": "ok"})
                board.heard = b""
                board.say(b"L sync\r\n" + line(0) + b"junk\r\n")
                until(lambda: board.hears() == b"A 1 0\r\n" + refusal(b"junk"))
                until(lambda gw=gw: gw.spool.rows == 0)
        assert len(far.records()) == 1
        assert len(far.records("farm.rejected")) == 1


def test_a_refused_line_is_recorded_and_answered(tmp_path: Path, serial: Path) -> None:
    bad = line(0)[:-3] + b"!"
    long = b"R id=1 " + b"x" * MAX_LINE
    with (
        FarEnd() as far,
        PtyBoard(serial / "one") as board,
        running(settings(tmp_path, far.port), tmp_path) as gw,
    ):
        until(lambda: gw.health()["sources"] == {"serial:one": "ok"})
        board.say(b"L sync\r\n" + bad + b"\r\n" + long + b"\n")
        until(
            lambda: board.hears() == b"N %04X\r\nN %04X\r\n" % (crc_hqx(bad, 0xFFFF), crc_hqx(long, 0xFFFF))
        )
        until(lambda: len(far.records("farm.rejected")) == 2)
        first, second = far.records("farm.rejected")
        assert (first["source"], first["reason"]) == ("serial:one", "line has a wrong CRC")
        assert second["reason"] == f"line of {len(long)} bytes is longer than {MAX_LINE}"


def test_an_incomplete_first_line_is_dropped_silently(tmp_path: Path, serial: Path) -> None:
    with (
        FarEnd() as far,
        PtyBoard(serial / "one") as board,
        running(settings(tmp_path, far.port), tmp_path) as gw,
    ):
        until(lambda: gw.health()["sources"] == {"serial:one": "ok"})
        board.say(line(0)[20:] + line(1))
        until(lambda: board.hears() == b"A 1 1\r\n")
        until(lambda: len(far.records()) == 1)
        assert gw.health()["rejected"] == 0


def test_a_hello_gets_the_time_and_is_shown(tmp_path: Path, serial: Path) -> None:
    with (
        FarEnd() as far,
        PtyBoard(serial / "one") as board,
        running(settings(tmp_path, far.port), tmp_path) as gw,
    ):
        until(lambda: gw.health()["sources"] == {"serial:one": "ok"})
        board.say(b"H id=7 fw=1.0 boot=3 reset=power\r\nL soil is dry\r\n")
        until(lambda: board.hears().startswith(b"T 1") and board.heard.endswith(b"\r\n"))
        health = gw.health()
        assert health["boards"]["7"]["reset"] == "power"
        assert health["log"] == ["serial:one: soil is dry"]
        assert health["rejected"] == 0


def test_a_port_that_vanishes_and_comes_back_goes_on(tmp_path: Path, serial: Path) -> None:
    """Node-RED #564: no recovery after a serial replug; thingsboard-gateway #1857: USB serial."""
    with FarEnd() as far, running(settings(tmp_path, far.port), tmp_path) as gw:
        for seq in range(3):
            with PtyBoard(serial / "one") as board:
                until(lambda: gw.health()["sources"].get("serial:one") == "ok")
                board.say(line(seq))
                until(lambda b=board, s=seq: b.hears() == b"A 1 %d\r\n" % s)
            until(lambda: gw.health()["sources"] == {"serial:one": "gone"})
        assert gw.health()["status"] == "ok"
        until(lambda: [r["seq"] for r in far.records()] == [0, 1, 2])


def test_a_link_that_leads_to_another_port_is_followed(tmp_path: Path, serial: Path) -> None:
    with (
        FarEnd() as far,
        PtyBoard(serial / "one") as first,
        PtyBoard(tmp_path / "elsewhere") as second,
        running(settings(tmp_path, far.port), tmp_path) as gw,
    ):
        until(lambda: gw.health()["sources"] == {"serial:one": "ok"})
        first.path.unlink()
        second.path.rename(first.path)
        until(lambda: second.say(line(0)) is None and b"A 1 0\r\n" in second.hears())


def test_a_port_that_cannot_be_opened_is_said_and_hurts_no_other(tmp_path: Path, serial: Path) -> None:
    (serial / "file").write_text("no terminal")
    with (
        FarEnd() as far,
        PtyBoard(serial / "one") as board,
        running(settings(tmp_path, far.port), tmp_path) as gw,
    ):
        until(lambda: gw.health()["sources"].get("serial:one") == "ok")
        board.say(line(0))
        until(lambda: board.hears() == b"A 1 0\r\n")
        health = gw.health()
        assert "cannot be opened" in health["sources"]["serial:file"]
        assert health["status"] == "degraded"


def test_a_flood_of_garbage_on_one_port_starves_no_other(tmp_path: Path, serial: Path) -> None:
    with (
        FarEnd() as far,
        PtyBoard(serial / "noisy") as noisy,
        PtyBoard(serial / "quiet") as quiet,
        running(settings(tmp_path, far.port), tmp_path) as gw,
    ):
        until(lambda: gw.health()["sources"] == {"serial:noisy": "ok", "serial:quiet": "ok"})
        for seq in range(20):
            for i in range(50):
                noisy.try_say(b"\xff\x00garbage %d %d\r\n" % (seq, i) * 20)
            quiet.say(line(seq))
            until(lambda s=seq: quiet.hears().endswith(b"A 1 %d\r\n" % s))
        assert gw.health()["rejected"] > 20


def test_one_board_over_two_ports_is_one_board(tmp_path: Path, serial: Path) -> None:
    with (
        FarEnd() as far,
        PtyBoard(serial / "a") as a,
        PtyBoard(serial / "b") as b,
        running(settings(tmp_path, far.port), tmp_path) as gw,
    ):
        until(lambda: gw.health()["sources"] == {"serial:a": "ok", "serial:b": "ok"})
        both = line(0)
        a.say(both)
        b.say(both)
        until(lambda: a.hears() == b.hears() == b"A 1 0\r\n")
        until(lambda: gw.spool.rows == 0)
        assert len(far.records()) == 1
