"""The alert rules in Cassandra: read whole, upserted, removed; and what the CLI's commands on them do."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TextIO

import msgspec

from storage.errors import RuleRefused
from storage.output import print_csv, print_json_array, print_table, until_closed
from storage.rule_csv import RULE_HEADER, read_rules_csv, rule_cells, rule_from
from storage.session import Session, connect
from storage.settings import Cassandra
from telemetry.rule import Rule

__all__ = [
    "add_rule",
    "import_rules",
    "list_rules",
    "read_rules",
    "remove_rule",
    "switch_rule",
    "write_rules",
]

_COLUMNS = Rule.__struct_fields__


def read_rules(session: Session, settings: Cassandra) -> list[Rule]:
    """All rules, by name."""
    rows = session.execute(f"SELECT {', '.join(_COLUMNS)} FROM {settings.table('rule')}")  # noqa: S608
    rules = (Rule(**{n: v for n, v in row._asdict().items() if v is not None}) for row in rows)
    return sorted(rules, key=lambda rule: rule.rule)


def write_rules(session: Session, settings: Cassandra, rules: Iterable[Rule]) -> int:
    """Upsert; returns how many were written."""
    marks = ", ".join("?" * len(_COLUMNS))
    insert = f"INSERT INTO {settings.table('rule')} ({', '.join(_COLUMNS)}) VALUES ({marks})"  # noqa: S608
    prepared, written = session.prepare(insert), 0
    for rule in rules:
        session.execute(prepared, msgspec.structs.astuple(rule))
        written += 1
    return written


def import_rules(settings: Cassandra, path: Path, out: TextIO) -> None:
    """Import `rules.csv`; ImportRefused names the bad cells, and nothing is written then."""
    rules = read_rules_csv(path)
    with connect(settings) as session:
        written = write_rules(session, settings, rules)
    print(f"{path}: {written} rules imported.", file=out)


def add_rule(settings: Cassandra, cells: Mapping[str, str], out: TextIO) -> None:
    """Add a rule, or replace the one of its name; `cells` are texts as in the CSV."""
    rule = rule_from(cells)
    with connect(settings) as session:
        write_rules(session, settings, [rule])
    print(f"Rule {rule.rule} is set.", file=out)


def switch_rule(settings: Cassandra, name: str, enabled: bool, out: TextIO) -> None:
    """Switch a rule on or off."""
    with connect(settings) as session:
        rule = _known(session, settings, name)
        write_rules(session, settings, [msgspec.structs.replace(rule, enabled=enabled)])
    print(f"Rule {name} is switched {'on' if enabled else 'off'}.", file=out)


def remove_rule(settings: Cassandra, name: str, out: TextIO) -> None:
    """Take a rule away."""
    with connect(settings) as session:
        _known(session, settings, name)
        session.execute(f"DELETE FROM {settings.table('rule')} WHERE rule = %s", (name,))  # noqa: S608
    print(f"Rule {name} is removed.", file=out)


def list_rules(settings: Cassandra, out: TextIO, form: str = "table") -> None:
    """All rules, by name; `form` table, json or csv."""
    with connect(settings) as session:
        rules = read_rules(session, settings)
    header, rows = RULE_HEADER.split(","), [rule_cells(rule) for rule in rules]
    with until_closed(out):
        if form == "json":
            print_json_array(out, map(msgspec.to_builtins, rules))
        elif form == "csv":
            print_csv(out, header, rows)
        else:
            print_table(out, header, rows)


def _known(session: Session, settings: Cassandra, name: str) -> Rule:
    rules = {rule.rule: rule for rule in read_rules(session, settings)}
    if name not in rules:
        raise RuleRefused(f"There is no rule '{name}': `farmstream rules list` shows those that are.")
    return rules[name]
