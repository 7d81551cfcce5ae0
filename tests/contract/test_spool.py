"""What every spool must do, whatever it keeps its rows in: one suite over all implementations."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_gateway.errors import SpoolFull
from edge_gateway.spool import Batch, Spool
from edge_gateway.sqlite_spool import SqliteSpool

Open = Callable[..., Spool]


def open_sqlite(folder: Path, **limits: int) -> Spool:
    return SqliteSpool(folder / "spool.db", **limits)


@pytest.fixture(params=[open_sqlite], ids=["sqlite"])
def open_spool(request: pytest.FixtureRequest) -> Open:
    made: Open = request.param
    return made


def batch(*entries: bytes) -> Batch:
    return Batch([(0, entry) for entry in entries])


def entries(spool: Spool, limit: int = 10_000) -> list[bytes]:
    return [row.entry for row in spool.take(limit)]


def test_rows_come_out_in_order_and_stay_until_released(open_spool: Open, tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        spool.commit(batch(b"a", b"b"))
        spool.commit(batch(b"c"))
        first = spool.take(2)
        assert [row.entry for row in first] == [b"a", b"b"]
        assert spool.take(2) == first
        spool.release(first)
        assert entries(spool) == [b"c"]
        assert spool.rows == 1


def test_what_came_after_the_take_is_not_released_with_it(open_spool: Open, tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        spool.commit(batch(b"a"))
        taken = spool.take(10)
        spool.commit(batch(b"b"))
        spool.release(taken)
        assert entries(spool) == [b"b"]


def test_releasing_nothing_and_twice_is_harmless(open_spool: Open, tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        spool.commit(batch(b"a", b"b"))
        taken = spool.take(1)
        for rows in ([], taken, taken):
            spool.release(rows)
        assert (entries(spool), spool.rows) == ([b"b"], 1)


def test_numbers_and_identity_are_never_used_again(open_spool: Open, tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        spool.commit(batch(b"a"))
        (old,) = spool.take(1)
        spool.release([old])
        identity = spool.identity
    with open_spool(tmp_path) as spool:
        spool.commit(batch(b"b"))
        assert spool.take(1)[0].number > old.number
        assert spool.identity == identity
    other = tmp_path / "other"
    with open_spool(other) as spool:
        assert spool.identity != identity


def test_routes_and_bytes_survive(open_spool: Open, tmp_path: Path) -> None:
    wanted = [(0, b"\x00\xff"), (1, b""), (0, b"x" * 10_000)]
    with open_spool(tmp_path) as spool:
        spool.commit(Batch(wanted))
    with open_spool(tmp_path) as spool:
        assert [(row.route, row.entry) for row in spool.take(10)] == wanted


def test_full_takes_nothing_and_recovers(open_spool: Open, tmp_path: Path) -> None:
    """thingsboard-gateway #1483: a store that was full once never recovered."""
    with open_spool(tmp_path, max_rows=3) as spool:
        spool.commit(batch(b"a", b"b"))
        with pytest.raises(SpoolFull, match="2 of at most 3 rows"):
            spool.commit(batch(b"c", b"d"))
        assert entries(spool) == [b"a", b"b"]
        spool.release(spool.take(1))
        spool.commit(batch(b"c", b"d"))
        assert entries(spool) == [b"b", b"c", b"d"]


def test_the_floor_of_free_disk_is_kept(open_spool: Open, tmp_path: Path) -> None:
    """Azure IoT Edge #835: the store filled the disk."""
    with open_spool(tmp_path, min_free_mib=1 << 40) as spool, pytest.raises(SpoolFull, match="MiB are free"):
        spool.commit(batch(b"a"))


def test_memory_comes_back(open_spool: Open, tmp_path: Path) -> None:
    with open_spool(tmp_path, max_rejects=3) as spool:
        spool.commit(Batch(boards=[("b1", b"old"), ("b2", b"x")], rejects=["r1", "r2"]))
        spool.commit(Batch(boards=[("b1", b"new")], forgotten=["b2"], rejects=["r3", "r4"]))
    with open_spool(tmp_path, max_rejects=3) as spool:
        assert spool.boards() == [("b1", b"new")]
        assert spool.rejects() == ["r2", "r3", "r4"]
        assert spool.rows == 0


def test_the_reader_follows_the_writer(open_spool: Open, tmp_path: Path) -> None:
    """thingsboard-gateway #284: the reader was stuck while the writer went on."""
    total, got = 3000, list[bytes]()
    with open_spool(tmp_path) as spool:

        def write() -> None:
            for i in range(0, total, 10):
                spool.commit(batch(*(b"%d" % n for n in range(i, i + 10))))

        writer = threading.Thread(target=write)
        writer.start()
        while len(got) < total:
            rows = spool.take(97)
            got += [row.entry for row in rows]
            spool.release(rows)
            if len(got) < total:
                assert rows or writer.is_alive() or spool.rows
                spool.wait(10)
        writer.join()
        assert spool.rows == 0
    assert got == [b"%d" % n for n in range(total)]


def test_waiting_ends_with_the_first_row(open_spool: Open, tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        spool.wait(0.01)
        timer = threading.Timer(0.05, lambda: spool.commit(batch(b"a")))
        timer.start()
        spool.wait(60)
        assert entries(spool) == [b"a"]
        spool.wait(60)
        timer.join()


def test_the_oldest_rows_age_is_known(open_spool: Open, tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        assert spool.oldest() is None
        spool.commit(batch(b"a"))
        first = spool.oldest()
        assert first is not None
        spool.commit(batch(b"b"))
        assert spool.oldest() == first


steps = st.lists(st.one_of(st.integers(1, 30), st.integers(-40, -1)), min_size=1, max_size=25)


@given(steps=steps, crash=st.integers(0, 25))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_crash_at_any_step_keeps_all_commits_and_releases(
    open_spool: Open, steps: list[int], crash: int
) -> None:
    """Copies the files in the middle of the work, as `kill -9` would leave them, and goes on from the copy.

    Telegraf #16500: after a restart the disk buffer sent everything again.
    """
    with TemporaryDirectory() as name:
        live, model, count = Path(name) / "live", list[bytes](), 0
        with open_spool(live) as spool:
            for i, step in enumerate(steps):
                if i == crash:
                    break
                if step > 0:
                    new = [b"%d" % n for n in range(count, count + step)]
                    spool.commit(batch(*new))
                    model, count = model + new, count + step
                else:
                    spool.release(spool.take(-step))
                    model = model[-step:]
            shutil.copytree(live, Path(name) / "copy")
        with open_spool(Path(name) / "copy") as spool:
            assert entries(spool) == model
            assert spool.rows == len(model)
