"""Rules as CSV, header `rule,scope,target,quantity,comparison,threshold,clear,minimum,severity,enabled`.

`telemetry.rule` says what each cell means. `minimum` is a duration such as `10m`, `enabled` yes or no;
`threshold` and `clear` are empty where nothing is compared with a number.
"""

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from storage.csv_rows import Bad, Cell, read_rows
from storage.errors import ImportRefused, RuleRefused
from telemetry.clock import duration
from telemetry.errors import SettingsError
from telemetry.rule import COMPARISONS, SCOPES, SEVERITIES, Rule, problems

__all__ = ["RULE_HEADER", "read_rules_csv", "rule_cells", "rule_from"]

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")


def read_rules_csv(path: Path) -> list[Rule]:
    """The file's rules; ImportRefused, listing every bad cell, unless all of it is good."""
    rows, bad = read_rows(path, _RULE, "rule")
    whole = [(row.line, Rule(**row.values)) for row in rows if row.values.keys() == _RULE.keys()]
    bad += [f"line {line}, column {problem}" for line, rule in whole for problem in problems(rule)]
    if bad:
        raise ImportRefused(str(path), bad)
    return [rule for _, rule in whole]


def rule_from(cells: Mapping[str, str]) -> Rule:
    """A rule from texts as they stand in the CSV; RuleRefused names what is wrong."""
    values: dict[str, Any] = {}
    bad = []
    for name, parse in _RULE.items():
        try:
            values[name] = parse(cells[name])
        except Bad as why:
            bad.append(f"{name}: {why}")
    bad = bad or problems(Rule(**values))
    if bad:
        raise RuleRefused(f"Rule {cells['rule']} is not set: {'; '.join(bad)}.")
    return Rule(**values)


def rule_cells(rule: Rule) -> list[Any]:
    """As `rules import` reads them."""
    minimum, enabled = f"{rule.minimum:g}s", "yes" if rule.enabled else "no"
    head = [rule.rule, rule.scope, rule.target, rule.quantity, rule.comparison]
    return [*head, rule.threshold, rule.clear, minimum, rule.severity, enabled]


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise Bad(f"'{text}' is no name of a rule (1 to 48 of a-z 0-9 -)")
    return text


def _one_of(names: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in names:
            raise Bad(f"'{text}' is none of {', '.join(names)}")
        return text

    return parse


def _level(text: str) -> float | None:
    try:
        value = float(text) if text else None
    except ValueError as why:
        raise Bad(f"'{text}' is no number") from why
    if value is not None and not math.isfinite(value):
        raise Bad(f"'{text}' is no finite number")
    return value


def _minimum(text: str) -> float:
    try:
        return duration(text or "0s")
    except SettingsError as why:
        raise Bad(str(why).removesuffix(".")) from why


def _enabled(text: str) -> bool:
    if text.lower() not in ("yes", "no", "true", "false", ""):
        raise Bad(f"'{text}' is neither yes nor no")
    return text.lower() in ("yes", "true", "")


_RULE: dict[str, Cell] = {
    "rule": _name,
    "scope": _one_of(SCOPES),
    "target": str,
    "quantity": str,
    "comparison": _one_of(COMPARISONS),
    "threshold": _level,
    "clear": _level,
    "minimum": _minimum,
    "severity": _one_of(SEVERITIES),
    "enabled": _enabled,
}
RULE_HEADER = ",".join(_RULE)
