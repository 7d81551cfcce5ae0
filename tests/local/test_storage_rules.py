"""Rules and acknowledgements by command, on a real Cassandra."""

import io
import json
from pathlib import Path

import pytest

from storage import commands, rules
from storage.errors import AlertUnknown, ImportRefused, RuleRefused
from storage.session import connect
from storage.settings import Cassandra
from telemetry.clock import utc_now
from telemetry.soil import TEXTURES
from tests.local.storage_tables import insert_alert

pytestmark = pytest.mark.servers

EXAMPLE = Path(__file__).parents[2] / "examples" / "rules.csv"
FROST = {
    "rule": "cold", "scope": "field", "target": "north", "quantity": "temperature", "comparison": "below",
    "threshold": "4", "clear": "5", "minimum": "10m", "severity": "info", "enabled": "yes",
}  # fmt: skip


def listed(settings: Cassandra, form: str = "csv") -> str:
    rules.list_rules(settings, out := io.StringIO(), form)
    return out.getvalue()


def test_the_rules_that_ship_are_those_of_the_example(ready: Cassandra, tmp_path: Path) -> None:
    shipped = listed(ready)
    rules.import_rules(ready, EXAMPLE, io.StringIO())
    assert listed(ready) == shipped
    by_name = {rule["rule"]: rule for rule in json.loads(listed(ready, "json"))}
    assert {name for name in by_name if name.startswith("wilting-")} == {
        f"wilting-{texture.replace(' ', '-')}" for texture in TEXTURES
    }
    for texture, water in TEXTURES.items():
        rule = by_name[f"wilting-{texture.replace(' ', '-')}"]
        assert (rule["target"], rule["threshold"]) == (texture, pytest.approx(100 * water.wilting_point))
    (tmp_path / "again.csv").write_text(shipped)
    rules.import_rules(ready, tmp_path / "again.csv", io.StringIO())
    assert listed(ready) == shipped


def test_add_switch_and_remove(ready: Cassandra) -> None:
    before = listed(ready)
    rules.add_rule(ready, FROST, out := io.StringIO())
    rules.switch_rule(ready, "cold", False, out)
    assert "cold,field,north,temperature,below,4.0,5.0,600s,info,no" in listed(ready)
    assert "cold" in listed(ready, "table")
    with pytest.raises(RuleRefused, match="Rule cold is not set: clear: it lies at or above the threshold"):
        rules.add_rule(ready, FROST | {"clear": "3"}, out)
    rules.remove_rule(ready, "cold", out)
    assert listed(ready) == before
    for change in (rules.remove_rule, lambda *given: rules.switch_rule(given[0], given[1], True, given[2])):
        with pytest.raises(RuleRefused, match="There is no rule 'cold': `farmstream rules list`"):
            change(ready, "cold", out)
    assert out.getvalue().splitlines() == [
        "Rule cold is set.", "Rule cold is switched off.", "Rule cold is removed.",
    ]  # fmt: skip


def test_of_a_file_with_a_bad_row_nothing_is_taken(ready: Cassandra, tmp_path: Path) -> None:
    before, file = listed(ready), tmp_path / "rules.csv"
    lines = EXAMPLE.read_text().splitlines()
    file.write_text(
        "\n".join([lines[0], "hot,everywhere,,temperature,above,40,,0s,warning,yes", "x,field,,ph"])
    )
    with pytest.raises(ImportRefused, match="line 3: it has 4 cells, the header has 10"):
        rules.import_rules(ready, file, io.StringIO())
    assert listed(ready) == before


def test_an_alert_is_acknowledged_by_the_beginning_of_its_id(ready: Cassandra) -> None:
    with connect(ready) as session:
        for alert_id in ("abc123", "abd456"):
            insert_alert(session, ready, alert_id, utc_now(), "open")
    commands.acknowledge(ready, "abc", "Ada", out := io.StringIO())
    commands.list_alerts(ready, out)
    assert out.getvalue().startswith("Alert abc123 is acknowledged by Ada.\n")
    [line] = [line for line in out.getvalue().splitlines() if "Ada" in line and "│" in line]
    assert "abc123" in line
    with pytest.raises(AlertUnknown, match="2 alerts of the last 90d have an id that begins with 'ab'"):
        commands.acknowledge(ready, "ab", "Ada", out)
    with pytest.raises(AlertUnknown, match="No alert of the last 90d has an id that begins with 'x'"):
        commands.acknowledge(ready, "x", "Ada", out)
