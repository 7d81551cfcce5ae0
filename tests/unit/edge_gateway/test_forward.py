from collections.abc import Callable
from pathlib import Path

from edge_gateway.backoff import Backoff
from edge_gateway.entries import reading_entry, rejected_entry
from edge_gateway.forward import Forwarder
from edge_gateway.sender import AckingSender
from edge_gateway.spool import Batch
from edge_gateway.sqlite_spool import SqliteSpool
from telemetry.rejected import rejected_record
from tests.unit.edge_gateway.boards import NOON, reading, until
from tests.unit.edge_gateway.far_end import FarEnd


def forwarder(
    spool: SqliteSpool, port: int, rows: int = 100, failed: Callable[[], None] = lambda: None
) -> Forwarder:
    return Forwarder(
        spool, AckingSender("127.0.0.1", port, timeout=5, ack_timeout=5), Backoff(0.01, 0.05), rows, failed
    )


def readings(first: int, count: int) -> Batch:
    return Batch([(0, reading_entry(reading(seq))) for seq in range(first, first + count)])


def seqs(far: FarEnd) -> list[int]:
    return [record["seq"] for record in far.records()]


def test_everything_arrives_in_order_and_is_released(tmp_path: Path) -> None:
    with FarEnd() as far, SqliteSpool(tmp_path / "spool.db") as spool:
        spool.commit(readings(0, 250))
        with forwarder(spool, far.port) as way:
            until(lambda: spool.rows == 0)
            spool.commit(readings(250, 50))
            until(lambda: spool.rows == 0)
            assert way.forwarded == 300
        assert seqs(far) == list(range(300))
        assert len(set(far.chunks)) == len(far.chunks)


def test_both_tags_of_the_same_rows(tmp_path: Path) -> None:
    refused = rejected_record("mqtt:x", b"raw", "why", NOON)
    with FarEnd() as far, SqliteSpool(tmp_path / "spool.db") as spool:
        spool.commit(Batch([*readings(0, 2).entries, (1, rejected_entry(refused, NOON))]))
        with forwarder(spool, far.port):
            until(lambda: spool.rows == 0)
        assert far.records("farm.rejected") == [refused]
        assert seqs(far) == [0, 1]


def test_nothing_is_released_without_an_ack_and_the_chunk_keeps_its_name(tmp_path: Path) -> None:
    """fluent-logger #77, fluent-bit #11527: gone from here before it was safe there."""
    with (
        FarEnd(acknowledge=lambda _name: len(far.seen) > 3) as far,
        SqliteSpool(tmp_path / "spool.db") as spool,
    ):
        spool.commit(readings(0, 10))
        with forwarder(spool, far.port) as way:
            until(lambda: way.problem is not None)
            assert spool.rows == 10
            assert "does not take readings" in str(way.problem)
            until(lambda: spool.rows == 0)
            assert way.problem is None
        assert len(far.seen) == 4
        assert len(set(far.seen)) == 1
        assert seqs(far) == list(range(10))


def test_a_far_end_that_comes_late_gets_all(tmp_path: Path) -> None:
    with FarEnd() as gone:
        port = gone.port
    with SqliteSpool(tmp_path / "spool.db") as spool, forwarder(spool, port) as way:
        spool.commit(readings(0, 10))
        until(lambda: way.problem is not None)
        with FarEnd(port=port) as far:
            until(lambda: spool.rows == 0)
            assert seqs(far) == list(range(10))


def test_a_restart_sends_again_only_what_was_not_acknowledged(tmp_path: Path) -> None:
    """Telegraf #16500: after a restart the disk buffer sent everything again."""
    with FarEnd(acknowledge=lambda _name: len(far.seen) <= 3) as far:
        with SqliteSpool(tmp_path / "spool.db") as spool:
            spool.commit(readings(0, 500))
            with forwarder(spool, far.port):
                until(lambda: len(far.seen) > 3 and spool.rows == 200)
        far.acknowledge = lambda _name: True
        with SqliteSpool(tmp_path / "spool.db") as spool, forwarder(spool, far.port):
            until(lambda: spool.rows == 0)
        assert seqs(far) == list(range(500))


def test_a_damaged_spool_is_told(tmp_path: Path) -> None:
    path, told = tmp_path / "spool.db", list[bool]()
    with SqliteSpool(path) as spool:
        spool.commit(readings(0, 3000))
    with FarEnd(acknowledge=lambda _name: False) as far, SqliteSpool(path) as spool:
        with path.open("r+b") as file:
            file.seek(8192)
            file.write(b"\xa5" * 100_000)
        with forwarder(spool, far.port, 3000, lambda: told.append(True)) as way:
            until(lambda: bool(told))
            assert "restart to move it aside" in str(way.failure)


def test_waits_double_up_to_the_most() -> None:
    backoff = Backoff(0.2, 1)
    assert [backoff.failed() for _ in range(5)] == [0.2, 0.4, 0.8, 1, 1]
    backoff.succeeded()
    assert backoff.failed() == 0.2
