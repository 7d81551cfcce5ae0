"""What is particular to the spool in SQLite: torn and damaged files, a full disk, space given back."""

import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_gateway.entries import reading_entry
from edge_gateway.errors import SpoolCorrupt, SpoolError, SpoolFull
from edge_gateway.spool import Batch
from edge_gateway.sqlite_spool import SqliteSpool
from tests.unit.edge_gateway.boards import reading

ENTRY = reading_entry(reading())


def rows_of(spool: SqliteSpool) -> list[bytes]:
    return [row.entry for row in spool.take(1 << 20)]


def filled(path: Path, rows: int) -> list[bytes]:
    entries = [reading_entry(reading(seq)) for seq in range(rows)]
    with SqliteSpool(path) as spool:
        spool.commit(Batch([(0, entry) for entry in entries], boards=[("b1", b"\x90")]))
    return entries


@given(st.integers(0, 400_000))
@settings(max_examples=30, deadline=None)
def test_a_log_torn_at_any_byte_holds_whole_commits_only(cut: int) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        with SqliteSpool(folder / "spool.db") as spool:
            for i in range(20):
                spool.commit(Batch([(0, b"%d" % i)] * 7))
            for file in ("spool.db", "spool.db-wal"):
                shutil.copy(folder / file, folder / f"torn-{file}")
        wal = folder / "torn-spool.db-wal"
        wal.write_bytes(wal.read_bytes()[:cut])
        with SqliteSpool(folder / "torn-spool.db") as spool:
            found = rows_of(spool)
        assert found == [b"%d" % (i // 7) for i in range(len(found))]
        assert len(found) % 7 == 0


def test_a_damaged_file_is_moved_aside_and_what_is_readable_recovered(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Telegraf #18528: the process died of a corrupt log at each start."""
    path = tmp_path / "spool.db"
    entries = filled(path, 2000)
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2 // 4096 * 4096
    raw[middle : middle + 8192] = b"\xa5" * 8192
    path.write_bytes(raw)
    with SqliteSpool(path) as spool:
        found = rows_of(spool)
        assert spool.boards() == [("b1", b"\x90")]
        spool.commit(Batch([(0, ENTRY)]))
        assert spool.rows == len(found) + 1
    assert len(entries) > len(found) > 1000
    assert set(found) <= set(entries)
    assert "damaged" in caplog.text
    assert f"Recovered {len(found)} readings and 1 boards" in caplog.text
    assert list(tmp_path.glob("spool.db.damaged-*"))


@pytest.mark.parametrize(
    "content", [b"not a database at all" * 1000, b"SQLite format 3\x00" + b"\xff" * 5000]
)
def test_a_file_that_is_no_database_is_moved_aside(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "spool.db"
    path.write_bytes(content)
    with SqliteSpool(path) as spool:
        spool.commit(Batch([(0, ENTRY)]))
    with SqliteSpool(path) as spool:
        assert rows_of(spool) == [ENTRY]
    (aside,) = [p for p in tmp_path.glob("spool.db.damaged-*") if p.suffix not in (".wal", ".shm")]
    assert aside.read_bytes() == content


def test_two_damaged_files_are_both_kept(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    for _ in range(3):
        path.write_bytes(b"nothing" * 1000)
        with SqliteSpool(path):
            pass
    assert len(list(tmp_path.glob("spool.db.damaged-*"))) == 3


def test_damage_while_running_ends_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    filled(path, 2000)
    with SqliteSpool(path) as spool:
        with path.open("r+b") as file:
            file.seek(8192)
            file.write(b"\xa5" * 100_000)
        with pytest.raises(SpoolCorrupt, match="restart to move it aside"):
            rows_of(spool)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match="cannot be used"):
        SqliteSpool(tmp_path / "file" / "spool.db")


def test_sqlite_out_of_pages_is_full_and_recovers(tmp_path: Path) -> None:
    """thingsboard-gateway #1483, Azure IoT Edge #835: with SQLite's own SQLITE_FULL."""
    with SqliteSpool(tmp_path / "spool.db") as spool:
        spool._writer.execute("PRAGMA max_page_count=40")
        with pytest.raises(SpoolFull, match="full"):
            for _ in range(1000):
                spool.commit(Batch([(0, ENTRY)] * 50))
        before = spool.rows
        assert len(rows_of(spool)) == before
        spool.release(spool.take(before))
        spool.commit(Batch([(0, ENTRY)]))
        assert rows_of(spool) == [ENTRY]


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_write_that_the_system_refuses_loses_nothing_and_is_repeated(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    with SqliteSpool(path) as spool:
        spool.commit(Batch([(0, b"a")]))
        wal = path.with_name("spool.db-wal")
        with (
            no_file_beyond(wal.stat().st_size + 4096),
            pytest.raises(SpoolFull, match="cannot be written now"),
        ):
            spool.commit(Batch([(0, ENTRY)] * 500))
        assert rows_of(spool) == [b"a"]
        spool.commit(Batch([(0, ENTRY)] * 500))
        assert rows_of(spool) == [b"a"] + [ENTRY] * 500


def test_space_is_given_back_to_the_disk(tmp_path: Path) -> None:
    """Azure IoT Edge #3981: the store never became smaller."""
    path = tmp_path / "spool.db"
    with SqliteSpool(path) as spool:
        for _ in range(20):
            spool.commit(Batch([(0, ENTRY)] * 1000))
        spool._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        most = path.stat().st_size
        while rows := spool.take(1000):
            spool.release(rows)
        spool._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert path.stat().st_size < most / 4


def test_it_is_durable_before_it_returns(tmp_path: Path) -> None:
    with SqliteSpool(tmp_path / "spool.db") as spool:
        assert spool._writer.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert spool._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        spool.commit(Batch([(0, b"a")]))
        other = sqlite3.connect(tmp_path / "spool.db")
        assert other.execute("SELECT count(*) FROM entry").fetchone() == (1,)
        other.close()
