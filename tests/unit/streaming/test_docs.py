"""docs/streaming.md and docs/storage.md name every setting with its default."""

import pytest
from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

from storage.settings import Cassandra
from streaming.settings import QUERIES, KafkaSettings, Settings, Triggers
from tests.pages import table_rows

TABLES = {"kafka", "cassandra", "triggers", "quality"}


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
        given = told[f"`{prefix}{field.encode_name}`"]
        default = {"True": "true", "()": "[]", "": '""'}.get(str(field.default), str(field.default))
        none = field.default is NODEFAULT or field.default is None
        assert given == ("" if none else f"`{default}`"), field.name
