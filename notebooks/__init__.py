"""Dashboards and analysis for JupyterLab and Voilà: thin notebooks over these modules."""

from pathlib import Path

__all__ = ["PAGES", "SHIPPED", "WEB"]

_HERE = Path(__file__).parent

SHIPPED = tuple(sorted(_HERE.glob("*.ipynb")))
"""The notebooks that come with farmstream."""

PAGES = {name: _HERE / f"{name}.ipynb" for name in ("live", "history")}
"""Those that are pages too, kept warm."""

WEB = _HERE / "web"
"""Templates of the pages, where Jupyter looks for them when this is on JUPYTER_PATH."""
