"""Writes settings files: the few kinds of value that ours hold (the standard library only reads TOML)."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = ["toml", "write_toml"]


def write_toml(path: Path, settings: Mapping[str, Any]) -> Path:
    """Write `settings` to `path`, its folder made; None values are left out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(toml(settings))
    return path


def toml(settings: Mapping[str, Any]) -> str:
    """The text: scalars and lists first, then a table for each mapping, `[[name]]` for lists of them."""
    return "\n".join(_table(settings, "")) + "\n"


def _table(settings: Mapping[str, Any], prefix: str) -> Iterator[str]:
    nested = {key: value for key, value in settings.items() if _is_nested(value)}
    for key, value in settings.items():
        if key not in nested and value is not None:
            yield f"{key} = {_value(value)}"
    for key, value in nested.items():
        if isinstance(value, Mapping):
            yield f"\n[{prefix}{key}]"
            yield from _table(value, f"{prefix}{key}.")
        else:
            for item in value:
                yield f"\n[[{prefix}{key}]]"
                yield from _table(item, f"{prefix}{key}.")


def _is_nested(value: Any) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)
    )


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, Path):
        value = str(value)
    return json.dumps(value, ensure_ascii=False)
