"""The compose file as a reader sees it: variables put in, services, ports and mounts told apart."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

FOLDER = Path(__file__).resolve().parents[3] / "compose"
FILE = FOLDER / "docker-compose.yml"
_VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}|\$(\$)")


class Port(NamedTuple):
    """`host:published:inside`."""

    host: str
    published: int
    inside: int


def variables() -> dict[str, str]:
    """Those that the file leaves to `.env`, with the defaults that it has for them."""
    found = _VARIABLE.findall(FILE.read_text())
    defaults = {name: default for name, default, _ in found if name}
    assert all(defaults[name] == default for name, default, _ in found if name), "a variable has two defaults"
    return defaults


def env_example() -> dict[str, str]:
    lines = (FOLDER / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def load(values: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The file with `values` for its variables, the defaults for the rest."""
    known = variables() | dict(values or {})
    text = _VARIABLE.sub(lambda found: "$" if found[3] else known[found[1]], FILE.read_text())
    assert "${" not in text, "a variable has no default"
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


SERVICES: dict[str, dict[str, Any]] = load()["services"]


def ports(service: str) -> list[Port]:
    split = (str(text).rsplit(":", 2) for text in SERVICES[service].get("ports", ()))
    return [Port(host, int(published), int(inside)) for host, published, inside in split]


def mounts(service: str) -> dict[str, str]:
    """Path inside → volume or file outside."""
    split = (text.split(":") for text in SERVICES[service].get("volumes", ()))
    return {inside: outside for outside, inside, *_ in split}


def waits_for(service: str) -> dict[str, str]:
    """Service → the condition of it that this one waits for."""
    return {name: how["condition"] for name, how in SERVICES[service].get("depends_on", {}).items()}


def all_before(service: str) -> set[str]:
    """What is up or done before this one starts, however indirectly."""
    direct = waits_for(service)
    return set(direct).union(*(all_before(name) for name in direct))


def is_one_shot(service: str) -> bool:
    conditions = [how for other in SERVICES for name, how in waits_for(other).items() if name == service]
    return "service_completed_successfully" in conditions


def properties(path: Path) -> dict[str, str]:
    """`key=value` or `key value` lines."""
    lines = (line for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return {found[1]: found[2] for line in lines if (found := re.match(r"([\w.]+)(?:=| )(.*)", line))}
