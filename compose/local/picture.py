"""The live screen as an SVG picture, which needs no font or style from elsewhere."""

import re
from io import StringIO
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from compose.local.screen import Screen
from compose.local.state import State
from compose.local.views import HINT

__all__ = ["draw_svg"]

_WIDTH, _HEIGHT = 92, 26
"""Columns and lines of the terminal that is drawn."""


def draw_svg(state: State, path: Path) -> None:
    """Write the screen that `up` shows in this state to `path`."""
    console = Console(
        record=True,
        file=StringIO(),
        width=_WIDTH,
        height=_HEIGHT,
        force_terminal=True,
        color_system="truecolor",
    )
    console.print(Screen(state, HINT))
    template = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    path.write_text(console.export_svg(title="./farmstream up", code_format=template))
