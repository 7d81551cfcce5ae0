"""docs/gateway.md and docs/fluentd.md name every setting with its default."""

import pytest
from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

from edge_gateway.settings import (
    ForwardSettings,
    GatewaySettings,
    HttpSettings,
    MqttSettings,
    SerialSettings,
    SpoolSettings,
)
from fluentd import settings as hop
from tests.pages import table_rows

TABLES = {"spool", "forward", "http", "mqtt", "serial"}
ELSEWHERE = {
    "client_id": "its `name`",
    "topics": '`["farm/+/reading"]`',
    "max_message": "16 MiB",
}
"""What the page says in words."""


@pytest.mark.parametrize(
    ("page", "kind", "prefix"),
    [
        ("gateway.md", GatewaySettings, ""),
        ("gateway.md", SpoolSettings, "spool."),
        ("gateway.md", ForwardSettings, "forward."),
        ("gateway.md", HttpSettings, "http."),
        ("gateway.md", MqttSettings, "mqtt."),
        ("gateway.md", SerialSettings, "serial."),
        ("fluentd.md", hop.Kafka, "kafka."),
        ("fluentd.md", hop.Listen, "listen."),
        ("fluentd.md", hop.Http, "http."),
    ],
)
def test_every_setting_is_there_with_its_default(page: str, kind: type[Struct], prefix: str) -> None:
    told = table_rows(page)
    for field in fields(kind):
        if kind is GatewaySettings and field.name in TABLES:
            continue
        none = field.default is NODEFAULT or field.default is None
        default = ELSEWHERE.get(field.name, "" if none else f"`{field.default}`")
        assert told[f"`{prefix}{field.name}`"] == default, field.name
