"""The passwords of one home: made at its first start, kept in a file that only its owner can read."""

import secrets
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from compose.local.home import write_private
from telemetry.errors import SettingsError
from telemetry.settings import Secret

__all__ = ["BROKER", "USERS", "Credential", "load_credentials", "make_credentials"]

USERS = {"mqtt": "board", "mqtt-gateway": "gateway", "jupyter": "token"}
"""Entry of the file → user name: `board` may publish for any board, `gateway` reads all of them.

Jupyter knows no users: the password is the token of its pages.
"""

BROKER = ("mqtt", "mqtt-gateway")
"""The entries that the broker knows."""


class Credential(Struct, frozen=True):
    """A user and a password, which its repr does not show."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Credential(user={self.user!r}, password=***)"


def make_credentials(file: Path) -> dict[str, Credential]:
    """Entry → credential as `file` has them; those that it lacks are made up and written to it."""
    known = load_credentials(file) if file.exists() else {}
    fresh = {
        entry: Credential(user, secrets.token_urlsafe(24))
        for entry, user in USERS.items()
        if entry not in known
    }
    if fresh:
        _save(file, known | fresh)
    return known | fresh


def load_credentials(file: Path) -> dict[str, Credential]:
    """Entry → credential; SettingsError where the file is not readable, or readable by others."""
    try:
        mode, raw = file.stat().st_mode, file.read_bytes()
        found = msgspec.json.decode(raw, type=dict[str, Credential])
    except OSError as why:
        raise SettingsError(f"Cannot read the credentials in {file}: {why.strerror}.") from why
    except msgspec.DecodeError as why:
        raise SettingsError(f"{file} is not a list of credentials ({why}): delete it.") from why
    if mode & 0o077:
        raise SettingsError(f"{file} can be read by others: run `chmod 600 {file}`.")
    return {entry: Credential(c.user, Secret(c.password)) for entry, c in found.items()}


def _save(file: Path, entries: Mapping[str, Credential]) -> None:
    write_private(file, msgspec.json.format(msgspec.json.encode(entries), indent=1).decode())
