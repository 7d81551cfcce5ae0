"""The script of a widget: what all of them share, then its own. No CDN, no bundler."""

from pathlib import Path

__all__ = ["script"]

_HERE = Path(__file__).parent


def script(name: str) -> str:
    """The text of `name`.js, after the shared one."""
    return (_HERE / "canvas.js").read_text() + (_HERE / f"{name}.js").read_text()
