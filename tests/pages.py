"""The tables of the pages under docs/, for tests that hold them equal to the code."""

from tests.readme import ROOT

__all__ = ["table_rows"]


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
