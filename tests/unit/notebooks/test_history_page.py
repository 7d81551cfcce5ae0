"""The history page without servers: a link is followed once, by what is known then."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from notebooks.history import page as pages
from notebooks.history.choice import Choice
from notebooks.pipeline import Pipeline
from telemetry.master import Field

NORTH = Field(field_id="n", name="North", moisture_threshold=23.0, time_zone="Asia/Tokyo")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Choice]:
    """What the page loads, in order; nothing is stored."""
    found: list[Choice] = []
    monkeypatch.setattr(pages, "load", lambda farm, choice: found.append(choice))
    monkeypatch.setattr(pages, "with_alerts", lambda farm, loaded: loaded)
    monkeypatch.setattr(pages.Page, "_show", lambda self, loaded: None)
    monkeypatch.setattr(pages.Source, "farm", None)
    return found


def test_a_link_to_a_field_that_has_just_come_is_followed_once(
    asked: list[Choice], monkeypatch: pytest.MonkeyPatch
) -> None:
    def learn(source: pages.Source) -> None:
        source.fields = {"n": NORTH, **({"s": NORTH} if asked else {})}

    monkeypatch.setattr(pages.Source, "learn", learn)

    async def visit() -> Any:
        page = pages.Page(Pipeline("nowhere"))
        page.start()
        page._learned -= 3600  # the kernel has waited
        page._address.asked = "what=ph&span=1y&fields=s"
        assert page._task
        await page._task
        page._learned -= 3600
        page._controls._what.value = "humidity"
        await page._task

    asyncio.run(visit())
    assert [(choice.what, choice.fields) for choice in asked] == [
        ("moisture", ("n",)), ("ph", ("s",)), ("humidity", ("s",)),
    ]  # fmt: skip
    assert asked[1].span == timedelta(days=365)
