"""Ten minutes of board time: without a gateway, and at the full speed of the line."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from edge_gateway.sqlite_spool import SqliteSpool
from firmware.arduino.build import BOARDS, Firmware
from firmware.simulated_board import Conversation, SimulatedBoard
from telemetry.line import decode_line
from telemetry.reading import Reading
from tests.firmware.avr.bench import hello, provision
from tests.firmware.avr.gateway import START, BenchGateway

INTERVAL_S, TEN_MINUTES = 30.0, 600.0
LINE_BYTES_PER_S = 11520
TOLERANCE_S = 1.5
"""Dates are in whole seconds, and a reset lets go of the last part of one."""


@pytest.fixture
def resetting(kind: str, tmp_path: Path) -> Iterator[SimulatedBoard]:
    """A board that the opening of its port resets, as a real one; provisioned, at the default interval."""
    with SimulatedBoard(kind, tmp_path / kind, dtr_reset=True) as board:
        with Conversation(board) as line:
            assert hello(line.until("H "))["boot"] == "1"
            provision(line)
        yield board


def test_ten_minutes_without_the_gateway_lose_nothing(resetting: SimulatedBoard, tmp_path: Path) -> None:
    """Twice: before the board ever knew the time (it tells ages), and after (it tells dates)."""
    board = resetting
    board.power(False)
    board.power(True)
    starts = {board.time(): 2}
    with SqliteSpool(tmp_path / "spool.db") as spool:
        gateway = BenchGateway(board, spool)
        for _ in range(2):
            board.step(TEN_MINUTES)
            starts[board.time()] = max(starts.values()) + 1  # opening resets it: the next boot
            with gateway.there() as run:
                run(45.0)
        stored, counts, now = gateway.stored(), gateway.counts, board.time()
    found = {(r["boot"], r["seq"]): datetime.fromisoformat(r["date"]) for r in stored}
    assert len(found) == len(stored) == counts.accepted, "each identity once"
    assert counts.rejected == 0
    assert counts.received == counts.accepted + counts.duplicates
    for (start, boot), until in zip(starts.items(), [*list(starts)[1:], now], strict=True):
        seqs = sorted(seq for at, seq in found if at == boot)
        assert seqs == list(range(int((until - start - 0.5) // INTERVAL_S) + 1)), boot
        for seq in seqs:
            measured = (found[boot, seq] - START).total_seconds()
            assert measured == pytest.approx(start + seq * INTERVAL_S, abs=TOLERANCE_S), (boot, seq)
    assert {r["time_source"] for r in stored} == {"gateway", "board"}
    assert any(r["late"] for r in stored)


def flood(kind: str, state: Path) -> tuple[int, int, set[Reading]]:
    """Ten minutes at full speed: bytes that the chip sent, bytes in frames that came, what these said."""
    arrived, said = 0, set()
    with SimulatedBoard(kind, state) as board, Conversation(board) as line:
        line.until("H ")
        provision(line, interval="86400000")
        line.ask("measure", 1.0)
        assert "L ok flood" in line.ask(f"flood {TEN_MINUTES + 5:.0f}")
        before, until = board.counts().bytes_sent, board.time() + TEN_MINUTES
        while board.time() < until:
            for text in line.run(0.25):
                reading = decode_line(text.encode("ascii"))  # Refused where the checksum is wrong
                assert isinstance(reading, Reading)
                assert reading.seq is not None
                arrived += len(text) + 2
                said.add((reading.id, reading.boot, reading.seq, reading.main))
        sent = board.counts().bytes_sent - before
    return sent, arrived, said


def test_ten_minutes_of_flood_bring_no_bad_frame(firmwares: dict[str, Firmware], tmp_path: Path) -> None:
    assert firmwares.keys() == BOARDS.keys()
    with ThreadPoolExecutor() as pool:
        results = list(pool.map(lambda kind: flood(kind, tmp_path / kind), BOARDS))
    for sent, arrived, said in results:
        assert abs(sent - arrived) < 400, "a frame under way at the start, and one at the end"
        assert arrived >= 0.9 * LINE_BYTES_PER_S * TEN_MINUTES
        assert len(said) == 1, "all frames are that one reading, sent again and again"
