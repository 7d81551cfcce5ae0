"""Columns of the tables, read from the migrations."""

import re

from storage.migrate import available
from storage.settings import Cassandra

__all__ = ["columns", "key", "tables"]

_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS farm\.(\w+) \((.*?)\n\)", re.DOTALL)

_ADDED = re.compile(r"ALTER TABLE farm\.(\w+) ADD IF NOT EXISTS \(?([^)]*)\)?", re.DOTALL)


def _added(table: str) -> dict[str, str]:
    statements = [text for migration in available() for text in migration.statements(Cassandra())]
    found = [match for statement in statements if (match := _ADDED.match(statement)) and match[1] == table]
    return dict(column.strip().split(" ", 1) for match in found for column in match[2].split(","))


def _definitions() -> dict[str, list[str]]:
    statements = [text for migration in available() for text in migration.statements(Cassandra())]
    tables = (_TABLE.match(statement) for statement in statements)
    return {
        found[1]: [line.strip().rstrip(",") for line in found[2].splitlines()] for found in tables if found
    }


def tables() -> list[str]:
    """All that the migrations make."""
    return sorted(_definitions())


def columns(table: str) -> dict[str, str]:
    """Name → CQL type."""
    lines = (line.removesuffix(" PRIMARY KEY") for line in _definitions()[table] if line)
    made = dict(line.split(" ", 1) for line in lines if not line.startswith("PRIMARY KEY"))
    return made | _added(table)


def key(table: str) -> str:
    """The primary key as written."""
    [line] = [line for line in _definitions()[table] if "PRIMARY KEY" in line]
    return line.removeprefix("PRIMARY KEY ") if line.startswith("PRIMARY") else line.split()[0]
