"""How the dashboards look: colours that colour-blind people can tell apart, one style sheet, small words.

Categorical colours: Okabe and Ito, "Color Universal Design" (2008). Moisture: the diverging scale BrBG of
ColorBrewer (brown dry, white at the threshold, green-blue wet), which is safe for the common kinds.
"""

import os
from collections.abc import Mapping
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from notebooks import PAGES

__all__ = [
    "ALARM", "BAD", "CSS", "GOOD", "INK", "LINES", "MOISTURE", "MUTED", "QUIET", "WholePage",
    "card", "header", "mixed", "moisture_colour", "notice", "number", "page_of", "put", "rgb", "tag",
]  # fmt: skip

GOOD, ALARM, BAD, QUIET = "#00795A", "#C24E00", "#A8507F", "#8A958E"
INK, MUTED = "#1D2A24", "#5C6B63"
LINES = ("#0072B2", "#D98E00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7A5C10", "#333333")
MOISTURE = ((0.0, "#8C510A"), (0.25, "#D8B365"), (0.5, "#F1EFE6"), (0.75, "#5AB4AC"), (1.0, "#01665E"))

CSS = f"<style>{Path(__file__).with_suffix('.css').read_text()}</style>"


def number(value: float | None, decimals: int = 1, unit: str = "") -> str:
    """`31.2 %`, or a dash where there is no value."""
    return "–" if value is None else f"{value:,.{decimals}f}{' ' + unit if unit else ''}"


def tag(text: str, colour: str) -> str:
    """A word on a coloured ground, as HTML."""
    return f'<span class="tag" style="background:{colour}">{escape(text)}</span>'


def notice(text: str) -> str:
    """What went wrong and what to do, as HTML; nothing for no text."""
    return f'<div class="notice" role="status">{escape(text)}</div>' if text else ""


def header(title: str, page: str, right: str) -> str:
    """The head of a page; where pages stand beside each other, with a way to the others."""
    here = ("VOILA_BASE_URL" in os.environ) or os.environ.get("SERVER_SOFTWARE", "").startswith("voila")
    links = "".join(
        f'<a href="{name}.ipynb"{" class=here" if name == page else ""}>{name.capitalize()}</a>'
        for name in PAGES
    )
    nav = f"<nav>{links}</nav>" if here else ""
    return f'<div class="top"><h1>{escape(title)}</h1>{nav}<span class="right">{right}</span></div>'


def card(title: str, *inside: widgets.Widget, tools: widgets.Widget | None = None) -> widgets.VBox:
    """A white box with a title and what belongs to it; `tools` stand beside the title."""
    head = widgets.HTML(f"<h2>{escape(title)}</h2>")
    made = widgets.VBox([_beside(head, tools) if tools else head, *inside])
    made.add_class("card")
    return made


class WholePage(widgets.VBox):  # type: ignore[misc]  # ipywidgets says no types
    """A page; `first_look` tells its template what to draw of it before all of it can be there."""

    first_look: Mapping[str, Any] | None = None

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
        return super()._repr_mimebundle_(**kwargs), {"first_look": self.first_look} if self.first_look else {}


def page_of(*parts: widgets.Widget) -> WholePage:
    """A whole page, with the style sheet that all of it needs."""
    style = widgets.HTML(CSS)
    style.add_class("style")
    page = WholePage([style, *parts])
    page.add_class("farm")
    return page


def _beside(head: widgets.Widget, tools: widgets.Widget) -> widgets.HBox:
    row = widgets.HBox([head, tools])
    row.add_class("cardhead")
    return row


def put(widget: widgets.HTML, text: str) -> None:
    """Say it, where it is not what is said already: what has not changed is not sent."""
    if widget.value != text:
        widget.value = text


def moisture_colour(off: float) -> str:
    """`off` is -1 at the dry end of the scale, 0 at the threshold, 1 at the wet end."""
    at = min(max((off + 1) / 2, 0.0), 1.0)
    for (low, left), (high, right) in pairwise(MOISTURE):
        if at <= high:
            return mixed(left, right, (at - low) / (high - low))
    return MOISTURE[-1][1]


def mixed(left: str, right: str, share: float) -> str:
    """The colour that is `share` of the way from left to right."""
    pairs = zip(rgb(left), rgb(right), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def rgb(colour: str) -> bytes:
    """`#RRGGBB` as three bytes."""
    return bytes.fromhex(colour[1:])
