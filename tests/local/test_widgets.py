"""The canvases in a real browser, without a kernel: what is drawn, and that news costs no more than news.

Known failures elsewhere: appending a point draws the whole figure again (plotly #4704), a map that stops at
15,000 markers (ipyleaflet #410).
"""

import base64
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from math import asinh, pi, radians, tan
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route

from benchmarks.page_costs import update_ms
from notebooks.ground import ground_of
from notebooks.look import CSS
from notebooks.widgets.chart import Chart, Line, Picture
from notebooks.widgets.map import Area, FarmMap
from notebooks.widgets.script import script
from tests.local.browser import chromium, opened

HOST = """async ([code, traits]) => {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const { default: widget } = await import(url);
  window.sent = [];
  window.model = {
    get: (name) => traits[name], send: (message) => window.sent.push(message), off: () => {},
    on: (_, take) => { window.take = take; },
  };
  window.tell = (message, parts) => {
    const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
    window.take(message, parts.map((text) => new DataView(bytes(text))));
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  };
  const el = document.querySelector(".farm");
  widget.render({ model: window.model, el });
  window.changes = 0;
  new MutationObserver((found) => { window.changes += found.filter((f) => f.type === "childList").length; })
    .observe(el, { childList: true, subtree: true });
}"""


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


BLUE = (
    b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">2I5B", 1, 1, 8, 2, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0\0\0\xff")) + _chunk(b"IEND", b"")
)  # fmt: skip
"""A picture of one pixel."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


class Wire:
    """Stands where the kernel's connection is: what a widget sends goes to the page."""

    def __init__(self, page: Page, name: str, height: int = 400, **traits: str) -> None:
        self.page, self.bytes = page, 0
        page.set_content(f"{CSS}<div class='farm'></div>")
        page.evaluate(HOST, [script(name), {"height": height, "zoom": True, **traits}])

    def __call__(self, message: dict[str, Any], buffers: Sequence[bytes] = ()) -> None:
        self.bytes = sum(map(len, buffers))
        self.page.evaluate(
            "([m, b]) => window.tell(m, b)", [message, [base64.b64encode(b).decode() for b in buffers]]
        )

    def data(self, name: str) -> int:
        return int(self.page.evaluate(f"document.querySelector('.chart, .ground').dataset.{name}"))

    def pixels(self) -> int:
        """Pixels of the canvas that are not empty."""
        return int(self.page.evaluate(
            "(() => { const c = document.querySelector('.plot > canvas'), d = c.getContext('2d')"
            ".getImageData(0, 0, c.width, c.height).data; let n = 0;"
            "for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; })()"
        ))  # fmt: skip


def picture(line: Line, since: float, until: float) -> Picture:
    return Picture(since=since, until=until, ticks=[(since, "a<br>b")], zone="Asia/Tokyo", lines=[line])


def test_news_of_a_long_line_is_all_that_is_sent_and_no_element_is_made_anew(browser: Browser) -> None:
    count = 100_000
    times = np.arange(count, dtype=float) * 1000
    values = np.sin(times / 1e6)
    with opened(browser) as seen:
        chart, wire = Chart(), Wire(seen.page, "chart")
        chart.send = wire
        chart.show(picture(Line("a", "#0072B2", times[:-1], values[:-1]), 0, count * 1000.0))
        assert wire.bytes == 12 * (count - 1)
        before = seen.page.query_selector(".plot > canvas")
        drawn, changes = wire.data("draws"), seen.page.evaluate("window.changes")
        chart.show(picture(Line("a", "#0072B2", times[1:], values[1:]), 1000.0, count * 1000.0 + 1000))
        assert wire.bytes == 12
        assert (wire.data("points"), wire.data("gaps")) == (count - 1, 0)
        assert wire.data("draws") > drawn
        assert seen.page.evaluate("window.changes") == changes
        assert seen.page.evaluate("c => c === document.querySelector('.plot > canvas')", before)
        assert not seen.errors


def test_a_gap_is_drawn_as_a_gap(browser: Browser) -> None:
    times = np.arange(10, dtype=float) * 1000
    whole, holed = np.full(10, 5.0), np.array([5.0] * 4 + [np.nan] * 2 + [5.0] * 4)
    with opened(browser) as seen:
        chart, wire = Chart(), Wire(seen.page, "chart")
        chart.send = wire
        chart.show(picture(Line("a", "#0072B2", times, whole), 0, 9000))
        inked = wire.pixels()
        chart.show(picture(Line("a", "#0072B2", times, holed), 0, 9000))
        assert (wire.data("gaps"), wire.data("points")) == (1, 8)
        assert wire.pixels() < inked


def test_fifteen_thousand_boards_are_one_canvas_and_sixty_kilobytes_a_change(browser: Browser) -> None:
    count, chance = 15_000, np.random.default_rng(1)
    fields = [Area("North", [(0, 0), (900, 0), (900, 900), (0, 900)], "#EEE", "#999", "31.0 %")]
    with opened(browser) as seen:
        shown, wire = FarmMap(lambda board: f"board {board}"), Wire(seen.page, "map")
        shown.send = wire
        shown.place(chance.uniform(0, 900, (count, 2)).astype(np.float32))
        for _ in range(20):
            shown.paint(fields, chance.integers(0, 255, (count, 4)) % [255, 255, 255, 3], [])
        assert wire.bytes == 4 * count
        assert wire.data("boards") == count
        assert wire.data("draws") >= 20
        assert seen.page.evaluate("document.querySelectorAll('.ground *').length") < 20
        assert not seen.errors


def test_land_is_drawn_where_it_is_under_the_fields(browser: Browser) -> None:
    """Tiles from a server that somebody has named; one of them is where it belongs, and blue."""
    asked, ground = set[tuple[int, ...]](), ground_of([(139.36, 35.33), (139.37, 35.34)])
    corners = [ground.metres(139.36, 35.33), ground.metres(139.37, 35.34)]
    with opened(browser) as seen:

        def tile(route: Route) -> None:
            asked.add(tuple(map(int, re.findall(r"\d+", route.request.url.partition("tiles/")[2]))))
            route.fulfill(body=BLUE, content_type="image/png")

        seen.page.route("**/tiles/**", tile)
        shown = FarmMap(str, tiles="http://127.0.0.1:1/tiles/{z}/{x}/{y}.png", credit="Somebody")
        shown.send = Wire(seen.page, "map", tiles=shown.tiles, credit=shown.credit)
        shown.place(np.zeros((1, 2), np.float32), ground)
        shown.paint([Area("North", corners, "#EEE", "#999")], np.zeros((1, 4), np.uint8), [])
        seen.page.wait_for_function("document.querySelector('.ground').dataset.draws > 1")
        seen.page.wait_for_timeout(300)
        zoom = {z for z, _, _ in asked}.pop()
        row = (1 - asinh(tan(radians(ground.lat))) / pi) / 2 * 2**zoom
        assert (zoom, int((ground.lon + 180) / 360 * 2**zoom), int(row)) in asked
        assert colour(seen.page, 60, 60) == [0, 0, 255]
        assert seen.page.inner_text(".credit") == "Somebody"
        assert not seen.errors


def colour(page: Page, x: int, y: int) -> list[int]:
    """Red, green and blue of a pixel, as it is seen."""
    shot = page.screenshot(clip={"x": x, "y": y, "width": 1, "height": 1})
    read = """async (text) => {
      const image = new Image(), context = document.createElement("canvas").getContext("2d");
      image.src = `data:image/png;base64,${text}`;
      await image.decode();
      context.drawImage(image, 0, 0);
      return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
    }"""
    return list(page.evaluate(read, base64.b64encode(shot).decode()))


def test_what_has_not_changed_is_not_sent(browser: Browser) -> None:
    shown, sent = FarmMap(str), list[str]()
    shown.send = lambda message, buffers: sent.append(message["kind"])
    shown.place(np.zeros((1, 2), np.float32))
    for colour in (1, 1, 2):
        shown.paint([], np.array([[colour, 0, 0, 0]], np.uint8), [])
    assert sent == ["all", "marks"]


def test_a_board_that_is_pointed_at_tells_of_itself(browser: Browser) -> None:
    fields = [Area("North", [(0, 0), (100, 0), (100, 100), (0, 100)], "#EEE", "#999")]
    with opened(browser) as seen:
        shown, wire = FarmMap(lambda board: f"<b>board {board}</b>"), Wire(seen.page, "map")
        shown.send = wire
        shown.place(np.array([[0, 0], [50, 50]], np.float32))
        shown.paint(fields, np.zeros((2, 4), np.uint8), [])
        box = seen.page.locator(".ground .plot").bounding_box()
        assert box
        seen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        asked = seen.page.evaluate("window.sent.at(-1)")
        assert asked == {"kind": "hover", "board": 1}
        shown._answer(None, asked, [])
        assert seen.page.locator(".tip").inner_text() == "board 1"


@pytest.mark.parametrize(("boards", "mode"), [(50, "moisture"), (10_000, "quality")])
def test_what_the_benchmark_measures_is_drawn(browser: Browser, boards: int, mode: str) -> None:
    cost = update_ms(browser, boards, mode)
    assert cost.keys() == {"kernel", "browser"}
    assert all(0 < each < 60_000 for each in cost.values())
