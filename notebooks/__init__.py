"""Dashboards and analysis for JupyterLab and Voilà: thin notebooks over these modules."""

from pathlib import Path

__all__ = ["CREDIT", "PAGES", "SHIPPED", "TILES", "WEB"]

_HERE = Path(__file__).parent

SHIPPED = tuple(sorted(_HERE.glob("*.ipynb")))
"""The notebooks that come with farmstream."""

PAGES = {name: _HERE / f"{name}.ipynb" for name in ("live", "history")}
"""Those that are pages too, kept warm."""

WEB = _HERE / "web"
"""Templates of the pages, where Jupyter looks for them when this is on JUPYTER_PATH."""

TILES, CREDIT = "FARMSTREAM_TILES", "FARMSTREAM_TILES_CREDIT"
"""In the environment: where pictures of the land are asked for, and whom they are from. Without, none are."""
