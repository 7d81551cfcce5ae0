"""Settings: TOML into small typed frozen values, read once at the edge; secrets come from files."""

import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from telemetry.clock import duration
from telemetry.errors import SettingsError

__all__ = ["Secret", "load_settings", "read_secret", "seconds"]

T = TypeVar("T")


class Secret(str):
    """A string whose repr shows nothing, so that no log or traceback can."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('***')"


def load_settings(path: Path, kind: type[T]) -> T:
    """Read `path` as `kind` (a msgspec Struct); SettingsError names the file and the setting."""
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text())
    except OSError as why:
        raise SettingsError(f"Cannot read the settings file {path}: {why.strerror}.") from why
    except tomllib.TOMLDecodeError as why:
        raise SettingsError(f"{path} is not TOML: {why}.") from why
    try:
        return msgspec.convert(raw, kind, dec_hook=_path)
    except msgspec.ValidationError as why:
        raise SettingsError(f"{path}: {str(why).replace('`$.', '`')}.") from why


def seconds(name: str, text: str) -> float:
    """The duration that setting `name` says; where it is none, ValueError, for a Struct's `__post_init__`."""
    try:
        return duration(text)
    except SettingsError as why:
        raise ValueError(f"{name}: {str(why).removesuffix('.')}") from why


def _path(kind: type, value: Any) -> Any:
    """TOML has no paths: they are texts there."""
    return Path(value) if kind is Path and isinstance(value, str) else value


def read_secret(path: Path) -> Secret:
    """The first line of a file that only its owner can read."""
    try:
        mode = path.stat().st_mode
        text = path.read_text()
    except OSError as why:
        raise SettingsError(f"Cannot read the secret in {path}: {why.strerror}.") from why
    if mode & 0o077:
        raise SettingsError(f"{path} can be read by others: run `chmod 600 {path}`.")
    return Secret(text.splitlines()[0].strip() if text.strip() else "")
