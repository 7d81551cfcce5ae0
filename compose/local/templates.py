"""Fills the committed templates of the servers' settings , which lie beside this file."""

from collections.abc import Mapping
from pathlib import Path
from string import Template

__all__ = ["fill"]

_FOLDER = Path(__file__).parent


def fill(name: str, folder: Path, values: Mapping[str, object]) -> Path:
    """Write the template `name` with its `$key`s replaced to `folder`; KeyError where one has no value."""
    target = folder / name
    target.write_text(Template((_FOLDER / name).read_text()).substitute(values))
    return target
