"""Tables of the pages under docs/, for tests that hold them equal to the code; complaints of dashboards."""

from typing import Any

from tests.readme import ROOT

__all__ = ["WIDGETS", "notices", "table_rows"]

WIDGETS = "application/vnd.jupyter.widget-state+json"
"""Under which an executed notebook keeps what its widgets show."""


def table_rows(name: str) -> dict[str, str]:
    """First column → second column, of all tables of the page; several names in one row are apart."""
    found: dict[str, str] = {}
    for line in (ROOT / "docs" / name).read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) > 1:
            names, values = cells[0].split(", "), cells[1].split(", ")
            apart = len(values) == len(names)
            found |= dict(zip(names, values, strict=True)) if apart else dict.fromkeys(names, cells[1])
    return found


def notices(notebook: Any) -> list[str]:
    """What the pages of an executed notebook say that is wrong, which is no error to the notebook itself."""
    widgets = notebook["metadata"].get("widgets", {})
    models = widgets.get(WIDGETS, {}).get("state", {}).values()
    values = [str(model["state"].get("value", "")) for model in models]
    return [value for value in values if 'class="notice"' in value]
