"""Columns of the tables, read from the migrations."""

import re

from storage.migrate import available
from storage.settings import Cassandra

__all__ = ["columns", "key"]

_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS farm\.(\w+) \((.*?)\n\)", re.DOTALL)


def _definitions() -> dict[str, list[str]]:
    statements = [text for migration in available() for text in migration.statements(Cassandra())]
    tables = (_TABLE.match(statement) for statement in statements)
    return {
        found[1]: [line.strip().rstrip(",") for line in found[2].splitlines()] for found in tables if found
    }


def columns(table: str) -> dict[str, str]:
    """Name → CQL type."""
    lines = (line.removesuffix(" PRIMARY KEY") for line in _definitions()[table] if line)
    return dict(line.split(" ", 1) for line in lines if not line.startswith("PRIMARY KEY"))


def key(table: str) -> str:
    """The primary key as written."""
    [line] = [line for line in _definitions()[table] if "PRIMARY KEY" in line]
    return line.removeprefix("PRIMARY KEY ") if line.startswith("PRIMARY") else line.split()[0]
