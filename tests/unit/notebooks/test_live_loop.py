"""The live page's loop without servers: it goes on whatever comes, and nothing is lost between its turns."""

import asyncio
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

import pytest

from benchmarks.made_farm import MadeFarm
from notebooks.live.feed import decode_alert
from notebooks.live.judged import Late
from notebooks.live.model import Model
from notebooks.live.page import Page
from notebooks.live.source import Master, Source
from notebooks.pipeline import Pipeline
from telemetry.errors import FarmstreamError


class Watched(MadeFarm):
    """Says which thread asks and which thread changes what is drawn; windows may take long."""

    def __init__(self, model: Model) -> None:
        super().__init__(model, 12)
        self.threads: dict[str, set[int]] = {}
        self.looks: list[int] = []
        self.slow = threading.Event()
        self.slow.set()
        self.trouble = ""

    def master(self) -> Master:
        self._seen("master")
        return super().master()

    def learn(self, master: Master) -> None:
        self._seen("learn")
        self._model.know(master.sensors)

    def windows(self) -> dict[str, list[dict[str, Any]]]:
        self.slow.wait(30)
        if self.trouble:
            raise FarmstreamError(self.trouble)
        return super().windows()

    def judged(self, intervals: Mapping[str, timedelta]) -> dict[str, Late]:
        self._seen("judged")
        self.looks.append(len(intervals))
        return super().judged(intervals)

    def _seen(self, what: str) -> None:
        self.threads.setdefault(what, set()).add(threading.get_ident())


def opened() -> tuple[Page, Watched]:
    made: list[Watched] = []

    def source(_: Pipeline, model: Model) -> Source:
        made.append(Watched(model))
        return cast(Source, made[-1])

    page = Page(Pipeline("nowhere"), source)
    page.start()
    return page, made[0]


async def turn(page: Page) -> None:
    await page._step()
    if page._reading:
        await page._reading


def test_what_is_read_in_a_thread_is_taken_by_the_loop() -> None:
    page, farm = opened()
    page._master_due.now()
    page.colour_by("quality")
    asyncio.run(turn(page))
    here = threading.get_ident()
    assert farm.threads["learn"] == {here}
    assert here not in farm.threads["master"] | farm.threads["judged"]


def test_flags_are_asked_for_after_a_click_though_a_read_is_under_way_and_takes_long() -> None:
    page, farm = opened()

    async def clicked() -> None:
        farm.slow.clear()
        page._windows_due.now()
        await page._step()
        await asyncio.sleep(0)  # the read begins
        page.colour_by("quality")
        await page._step()  # the read is still under way
        assert page._reading
        assert farm.looks == []
        farm.slow.set()
        await page._reading
        await turn(page)

    asyncio.run(clicked())
    assert farm.looks == [12]


def test_what_failed_is_asked_again_at_the_next_turn() -> None:
    page, farm = opened()

    async def failed() -> str:
        farm.trouble = "Cassandra is away."
        page._windows_due.now()
        await turn(page)
        said = page._notice.value
        farm.trouble = ""
        await turn(page)
        return str(said)

    assert "Cassandra is away." in asyncio.run(failed())
    assert page._notice.value == ""


def test_a_page_that_has_stopped_says_so() -> None:
    page, farm = opened()
    page._presence.beat = 1.0

    async def run() -> None:
        farm.news = None  # type: ignore[assignment]
        page.task = asyncio.get_event_loop().create_task(page.run())
        page.task.add_done_callback(page.ended)
        with pytest.raises(TypeError):
            await page.task

    asyncio.run(run())
    assert "This page has stopped: load it again. TypeError" in page._notice.value


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"null", b"{", b"[1]", b'{"alert_id": "1"}',
        b'{"alert_id": "1", "opened": "yesterday", "state": "open", "rule": "frost"}',
        b'{"alert_id": "1", "opened": "2026-11-24T01:00:00", "state": "open", "rule": "frost"}',
        b'{"alert_id": "1", "opened": "2026-11-24T01:00:00Z", "state": "open", "rule": "dry", "value": "x"}',
    ],
)  # fmt: skip
def test_what_is_no_alert_is_dropped(raw: bytes) -> None:
    assert decode_alert(raw) == []


def test_an_alert_is_what_it_says_and_no_more() -> None:
    raw = b'{"alert_id":"1","opened":"2026-11-24T01:00:00Z","state":"open","rule":"dry","x":1,"closed":null}'
    (alert,) = decode_alert(raw)
    assert alert.keys() == {"alert_id", "opened", "state", "rule", "closed"}
    assert str(alert["opened"]) == "2026-11-24 01:00:00+00:00"
