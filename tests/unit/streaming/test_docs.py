"""docs/streaming.md and docs/storage.md name every setting with its default."""

from pathlib import Path

import pytest
from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

import streaming
from storage.settings import Cassandra
from streaming.settings import QUERIES, KafkaSettings, Settings, Triggers

DOCS = Path(streaming.__file__).parents[1] / "docs"
TABLES = {"kafka", "cassandra", "triggers"}


def table_rows(name: str) -> dict[str, str]:
    """First column → second column, of all tables of the page; several names in one row are apart."""
    found: dict[str, str] = {}
    for line in (DOCS / name).read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) > 1:
            names, values = cells[0].split(", "), cells[1].split(", ")
            apart = len(values) == len(names)
            found |= dict(zip(names, values, strict=True)) if apart else dict.fromkeys(names, cells[1])
    return found


@pytest.mark.parametrize(
    ("page", "kind", "prefix"),
    [
        ("streaming.md", Settings, ""),
        ("streaming.md", KafkaSettings, "kafka."),
        ("streaming.md", Triggers, "triggers."),
        ("storage.md", Cassandra, ""),
    ],
)
def test_every_setting_is_there_with_its_default(page: str, kind: type[Struct], prefix: str) -> None:
    told = table_rows(page)
    for field in fields(kind):
        if field.name in TABLES and kind is Settings:
            continue
        if field.default is QUERIES:
            assert told[f"`{field.name}`"] == "all"
            continue
        given = told[f"`{prefix}{field.name}`"]
        default = {"True": "true", "()": "[]", "": '""'}.get(str(field.default), str(field.default))
        none = field.default is NODEFAULT or field.default is None
        assert given == ("" if none else f"`{default}`"), field.name
