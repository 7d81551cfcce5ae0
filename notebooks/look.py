"""How the dashboards look: colours that colour-blind people can tell apart, one style sheet, plain charts.

Categorical colours: Okabe and Ito, "Color Universal Design" (2008). Moisture: the diverging scale BrBG of
ColorBrewer (brown dry, white at the threshold, green-blue wet), which is safe for the common kinds.
"""

from html import escape
from pathlib import Path
from typing import Any

__all__ = [
    "ALARM",
    "BAD",
    "CSS",
    "GOOD",
    "INK",
    "LINES",
    "MOISTURE",
    "MUTED",
    "QUIET",
    "layout",
    "number",
    "tag",
]

GOOD, ALARM, BAD, QUIET = "#009E73", "#D55E00", "#CC79A7", "#9AA39E"
INK, MUTED = "#1D2A24", "#5C6B63"
LINES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8A6D1B", "#333333")
MOISTURE = ((0.0, "#8C510A"), (0.25, "#D8B365"), (0.5, "#F1EFE6"), (0.75, "#5AB4AC"), (1.0, "#01665E"))

CSS = f"<style>{Path(__file__).with_suffix('.css').read_text()}</style>"


def layout(**more: Any) -> dict[str, Any]:
    """Plotly's layout, without its own ornaments; `more` on top."""
    plain = {
        "template": "none", "paper_bgcolor": "#fff", "plot_bgcolor": "#fff",
        "font": {"family": "system-ui, -apple-system, Segoe UI, sans-serif", "size": 13, "color": INK},
        "margin": {"l": 44, "r": 12, "t": 8, "b": 40}, "hoverlabel": {"align": "left"}, "dragmode": "pan",
        "uirevision": "kept", "autosize": True,
    }  # fmt: skip
    return plain | more


def number(value: float | None, decimals: int = 1, unit: str = "") -> str:
    """`31.2 %`, or a dash where there is no value."""
    return "–" if value is None else f"{value:,.{decimals}f}{' ' + unit if unit else ''}"


def tag(text: str, colour: str) -> str:
    """A word on a coloured ground, as HTML."""
    return f'<span class="tag" style="background:{colour}">{escape(text)}</span>'
