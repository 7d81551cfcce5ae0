"""The history page without servers: what is read, when, and how often it is drawn."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any

import pandas as pd
import pytest

from notebooks.history import page as pages
from notebooks.history.choice import Choice
from notebooks.history.load import Loaded
from notebooks.history.source import Source
from notebooks.pipeline import Pipeline
from telemetry.master import Field

NORTH = Field(field_id="n", name="North", moisture_threshold=23.0, time_zone="Asia/Tokyo")
NOTHING = pd.DataFrame()
ALERT = pd.DataFrame({"opened": [pd.Timestamp(2026, 6, 1, tz="UTC")], "rule": ["soil-moisture-low"]})


class Tables:
    """In Cassandra's place: what the page has read, in order, and what it has drawn of it."""

    def __init__(self) -> None:
        self.asked: list[Choice] = []
        self.drawn: list[Loaded] = []
        self.alerts = NOTHING

    def load(self, farm: Any, choice: Choice, standing: Any) -> Loaded:
        """Lines of nothing."""
        self.asked.append(choice)
        return Loaded(choice, NOTHING, NOTHING, NOTHING, NOTHING)

    def with_alerts(self, farm: Any, loaded: Loaded) -> Loaded:
        """Those that there are, whatever the choice."""
        return loaded._replace(alerts=self.alerts)


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Tables:
    made = Tables()

    def drawn(page: pages.Page, loaded: Loaded) -> None:
        page.loaded, page._when = loaded, monotonic()
        made.drawn.append(loaded)

    monkeypatch.setattr(pages, "load", made.load)
    monkeypatch.setattr(pages, "with_alerts", made.with_alerts)
    monkeypatch.setattr(pages.Page, "_show", drawn)
    monkeypatch.setattr(Source, "farm", None)
    monkeypatch.setattr(Source, "learn", lambda source: setattr(source, "fields", {"n": NORTH}))
    return made


def visited(what: "Callable[[pages.Page], Any]") -> None:
    """A page whose kernel was made warm an hour ago, and then `what` somebody does."""

    async def visit() -> None:
        page = pages.Page(Pipeline("nowhere"))
        page.start()
        page._when -= 3600
        await what(page)

    asyncio.run(visit())


async def done(page: pages.Page) -> None:
    assert page._task
    await page._task


def asked_and_chosen(address: str, what: str) -> "Callable[[pages.Page], Any]":
    """Somebody comes by this link, and then looks at another quantity."""

    async def visit(page: pages.Page) -> None:
        page._address.asked = address
        await done(page)
        page._controls._what.value = what
        await done(page)

    return visit


def test_a_link_to_a_field_that_has_just_come_is_followed_once(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    def learn(source: Source) -> None:
        source.fields = {"n": NORTH, **({"s": NORTH} if tables.asked else {})}

    monkeypatch.setattr(Source, "learn", learn)

    visited(asked_and_chosen("what=ph&span=1y&fields=s", "humidity"))
    assert [(choice.what, choice.fields) for choice in tables.asked] == [
        ("moisture", ("n",)), ("ph", ("s",)), ("humidity", ("s",)),
    ]  # fmt: skip
    assert tables.asked[1].span == timedelta(days=365)


@pytest.mark.parametrize(("address", "span"), [("", 7), ("span=1y", 365)])
@pytest.mark.parametrize("first", ["beat", "address"])
def test_what_somebody_new_came_for_is_read_once(tables: Tables, address: str, span: int, first: str) -> None:
    """The browser says that it is there and what its address is, in whatever order."""

    async def visit(page: pages.Page) -> None:
        def beat() -> None:
            page._presence.beat += 1

        steps: list[Callable[[], None]] = [beat, lambda: setattr(page._address, "asked", address)]
        for step in steps if first == "beat" else reversed(steps):
            step()
            await asyncio.sleep(0)
        await done(page)

    visited(visit)
    assert [choice.span.days for choice in tables.asked] == [7, span]


def test_alerts_that_are_known_stay_while_they_are_read_again_and_are_drawn_once(tables: Tables) -> None:
    tables.alerts = ALERT

    visited(asked_and_chosen("", "ph"))
    assert [len(loaded.alerts) for loaded in tables.drawn] == [1, 1, 0, 1]


def test_boards_that_have_come_since_are_in_what_is_chosen_next(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel may be made warm while the very first boards are put into the master."""
    standings: list[dict[str, str | None]] = []
    boards: dict[str, str | None] = {}

    def load(farm: Any, choice: Choice, standing: dict[str, str | None]) -> Loaded:
        standings.append(standing)
        return tables.load(farm, choice, standing)

    monkeypatch.setattr(pages, "load", load)
    monkeypatch.setattr(Source, "learn", lambda source: setattr(source, "sensors", dict(boards)))

    async def visit(page: pages.Page) -> None:
        boards["a"] = "n"
        page._address.asked = ""
        await done(page)
        boards["b"] = "n"
        page._controls._what.value = "ph"
        await done(page)

    visited(visit)
    assert standings == [{}, {"a": "n"}, {"a": "n", "b": "n"}]
