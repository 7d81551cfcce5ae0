"""Ten minutes of board time without the gateway, at the default interval: none lost, dates right."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.firmware.micropython.bench import Broker, Watch, eventually, gateway
from tests.firmware.micropython.conftest import MakeBoard

pytestmark = pytest.mark.servers

INTERVAL_S, MINUTES, PACE = 30, 10, 12


def test_ten_minutes_without_the_gateway(
    make_board: MakeBoard, broker: Broker, watch: Watch, tmp_path: Path
) -> None:
    wanted = {(1, seq) for seq in range(MINUTES * 60 // INTERVAL_S + 1)}
    with make_board(interval_s=INTERVAL_S, pace=PACE) as board:
        queue = board.folder / "queue"
        eventually(lambda: wanted <= waiting(queue), timeout=240, why=board.console)
        with gateway(tmp_path / "gateway", broker.plain_port):
            eventually(lambda: wanted <= watch.identities(), timeout=120, why=board.console)
    begun = {
        r.date - timedelta(seconds=r.seq * INTERVAL_S) for r in watch.readings if r.date and r.seq is not None
    }
    # Reading n is dated in the n-th interval: a busy machine may be late with it, by less than an interval.
    assert max(begun) - min(begun) < timedelta(seconds=INTERVAL_S)
    assert datetime.now(UTC) - min(begun) > timedelta(minutes=MINUTES)
    assert not any(r.age for r in watch.readings)


def waiting(queue: Path) -> set[tuple[int, int]]:
    """Identities on the board's flash."""
    return {key for file in queue.glob("*.seg") for key in kept(file)}


def kept(file: Path) -> set[tuple[int, int]]:
    """Identities in a segment that is still there."""
    import struct

    try:
        data, at, found = file.read_bytes(), 0, set()
    except FileNotFoundError:
        return set()
    while at + 14 <= len(data):
        length, _, boot, seq = struct.unpack_from("<HIII", data, at)
        found.add((boot, seq))
        at += 6 + length
    return found
