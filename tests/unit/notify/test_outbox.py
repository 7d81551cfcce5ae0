"""The list keeps its promises over restarts, and deliveries wait longer and longer, but not for ever."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from notify.delivery import Delivery
from notify.notice import Notice, notice_of
from notify.outbox import ListUnusable, Outbox
from notify.ways import NotSent

TOPIC = "sensor-alerts"


def notice(alert: str, state: str = "open") -> Notice:
    return Notice(alert_id=alert, state=state, severity="warning", rule="frost", alert={"alert_id": alert})


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path / "list.db") as outbox:
        yield outbox


class Stubborn:
    """A way that refuses until it has been asked `times` times for each notice."""

    def __init__(self, times: int) -> None:
        self.times, self.asked, self.taken = times, dict[str, int](), list[str]()

    def send(self, notice: Notice) -> None:
        self.asked[notice.key] = self.asked.get(notice.key, 0) + 1
        if self.asked[notice.key] <= self.times:
            raise NotSent("it answers 503 Service Unavailable")
        self.taken.append(notice.key)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_notice_is_kept_once_with_the_place_behind_it(tmp_path: Path) -> None:
    for offset in (1, 2):  # the second time after a restart
        with Outbox(tmp_path / "list.db") as outbox:
            outbox.put([("mail", notice("a")), ("hook", notice("a"))], (TOPIC, 0, offset), 5.0)
            assert outbox.places(TOPIC) == {0: offset}
            assert [d.notice for d in outbox.due("mail", 5.0)] == [notice("a")]
            assert outbox.places("other") == {}
    with Outbox(tmp_path / "list.db") as outbox:
        assert outbox.counts()["mail"] == {"waiting": 1, "sent": 0, "given_up": 0}


def test_of_one_alert_the_end_waits_for_its_beginning(outbox: Outbox) -> None:
    outbox.put([("m", notice("a")), ("m", notice("a", "closed")), ("m", notice("b"))], (TOPIC, 0, 1), 0.0)
    first, other = outbox.due("m", 0.0)
    assert (first.notice.key, other.notice.key) == ("a-open", "b-open")
    outbox.failed(first.number, "away", 50.0)
    assert [d.notice.key for d in outbox.due("m", 10.0)] == ["b-open"]
    outbox.sent(first.number, 50.0)
    assert [d.notice.key for d in outbox.due("m", 50.0)] == ["a-closed", "b-open"]


def test_pauses_grow_to_the_longest_and_it_gives_up_in_the_end(outbox: Outbox) -> None:
    clock, way, stop = Clock(), Stubborn(99), threading.Event()
    delivery = Delivery("m", way, outbox, longest=5.0, give_up_after=20.0, clock=clock)
    outbox.put([("m", notice("a"))], (TOPIC, 0, 1), clock())
    tried = []
    for _ in range(60):
        before = dict(way.asked)
        delivery.send_due(stop)
        if way.asked != before:
            tried.append(clock() - 1000)
        clock.now += 0.5
    assert tried == [0, 1, 3, 7, 12, 17, 22]
    assert outbox.counts() == {"m": {"waiting": 0, "sent": 0, "given_up": 1}}


def test_one_that_is_refused_holds_up_no_other(outbox: Outbox) -> None:
    clock, stop = Clock(), threading.Event()
    way = Stubborn(1)
    delivery = Delivery("m", way, outbox, longest=5.0, give_up_after=100.0, clock=clock)
    outbox.put([("m", notice(name)) for name in "abc"], (TOPIC, 0, 1), clock())
    for _ in range(8):
        delivery.send_due(stop)
        clock.now += 0.5
    assert sorted(way.taken) == ["a-open", "b-open", "c-open"]
    assert max(way.asked.values()) == 2


def test_what_is_done_and_old_is_forgotten(outbox: Outbox) -> None:
    outbox.put([("m", notice("a")), ("m", notice("b"))], (TOPIC, 0, 1), 0.0)
    outbox.sent(outbox.due("m", 0.0)[0].number, 0.0)
    outbox.forget(10.0)
    assert outbox.counts()["m"]["sent"] == 1
    outbox.forget(41 * 86400.0)
    assert outbox.counts()["m"] == {"waiting": 1, "sent": 0, "given_up": 0}


def test_a_full_disk_ends_it_before_anything_is_sent_or_taken(tmp_path: Path) -> None:
    """SQLite's own errors: of a file that may not grow, and of one that may not be written at all."""
    path, way, stop = tmp_path / "list.db", Stubborn(0), threading.Event()
    with Outbox(path) as outbox:
        outbox.put([("m", notice("a"))], (TOPIC, 0, 1), 0.0)
        delivery = Delivery("m", way, outbox, longest=5.0, give_up_after=100.0, clock=Clock())
        many = [("m", notice(f"b{n}" * 500)) for n in range(500)]
        with full(outbox), pytest.raises(ListUnusable, match=r"list.db \(.*full\): make room"):
            outbox.put(many, (TOPIC, 0, 501), 0.0)
        assert outbox.places(TOPIC) == {0: 1}
        with read_only(outbox), pytest.raises(ListUnusable, match="Cannot keep the list"):
            delivery.send_due(stop)
        assert not way.taken
        assert delivery.send_due(stop) == 1
        assert way.taken == ["a-open"]


@contextmanager
def full(outbox: Outbox) -> Iterator[None]:
    """No page more than there are."""
    pages = outbox._file.execute("PRAGMA page_count").fetchone()[0]
    outbox._file.execute(f"PRAGMA max_page_count = {pages}")
    yield
    outbox._file.execute("PRAGMA max_page_count = 1000000")


@contextmanager
def read_only(outbox: Outbox) -> Iterator[None]:
    """Nothing can be written."""
    outbox._file.execute("PRAGMA query_only = ON")
    yield
    outbox._file.execute("PRAGMA query_only = OFF")


def test_a_list_that_cannot_be_kept_is_one_sentence(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("This is no database, and long enough to be seen as none. " * 20)
    for path, reason in (
        (other, "file is not a database"),
        (other / "list.db", "File exists"),
    ):
        with pytest.raises(ListUnusable, match=rf"Cannot keep the list {path} \({reason}\)"):
            Outbox(path)


def test_what_is_no_alert_is_none() -> None:
    alert = {"alert_id": "a", "state": "open", "severity": "warning", "rule": "frost"}
    good = notice_of(
        msgspec.json.encode(alert | {"evidence": {"message": "It is cold."}, "sensor_id": "7\n8"})
    )
    assert good
    assert (good.key, good.message, good.title) == ("a-open", "It is cold.", "[warning] frost open: 7 8")
    for bad in (b"", b"\xff", b"[]", b"{}", msgspec.json.encode(alert | {"state": 7})):
        assert notice_of(bad) is None
