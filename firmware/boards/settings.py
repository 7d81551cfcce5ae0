"""A MicroPython board's settings.json: made and checked on this side by the board's own rules."""

import base64
import binascii
import importlib.util
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from telemetry.errors import SettingsError

__all__ = ["as_der", "board_settings", "merged", "private_files"]

_RULES = Path(__file__).parents[1] / "micropython" / "farm" / "settings.py"


def board_settings(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `changes`; SettingsError names every setting that the board would refuse."""
    both = merged(base, changes)
    rules = _rules()
    try:
        rules.checked(both)
    except rules.SettingsError as why:
        reasons = "; ".join(str(why).splitlines())
        raise SettingsError(f"The board would refuse these settings: {reasons}.") from why
    return both


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Section by section; what is None in `new` stays as it is."""
    out = dict(old)
    for name, value in new.items():
        if isinstance(value, Mapping):
            out[name] = merged(out.get(name) or {}, value)
        elif value is not None:
            out[name] = value
    return {name: value for name, value in out.items() if value != {}}


def as_der(path: Path) -> bytes:
    """A certificate or key as a board wants it, from PEM or DER; SettingsError where it is neither."""
    data = path.read_bytes()
    if data[:1] == b"\x30":
        return data
    lines = [line for line in data.decode(errors="replace").splitlines() if line.strip()]
    if not lines or "-----BEGIN" not in lines[0]:
        raise SettingsError(f"{path} is no certificate: give the CA's file, PEM or DER.")
    end = next((number for number, line in enumerate(lines) if "-----END" in line), len(lines))
    try:
        return base64.b64decode("".join(lines[1:end]), validate=True)
    except binascii.Error as why:
        raise SettingsError(f"{path} is a damaged PEM file: get it again.") from why


@contextmanager
def private_files(contents: Mapping[str, bytes]) -> Iterator[dict[str, Path]]:
    """Name → a file that only we can read, for the length of the block."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, data in contents.items():
            paths[name] = Path(folder) / name
            with open(os.open(paths[name], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
                file.write(data)
        yield paths


def as_json(settings: Mapping[str, Any]) -> bytes:
    """As it stands on the board."""
    return json.dumps(settings, indent=1).encode()


def _rules() -> ModuleType:
    spec = importlib.util.spec_from_file_location("farmstream_board_settings", _RULES)
    if not spec or not spec.loader:
        raise SettingsError(f"{_RULES} is missing: install Farmstream again.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
