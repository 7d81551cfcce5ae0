"""The signed manifest of an over-the-air update; `firmware/micropython/farm/update.py` is its reader."""

import hmac
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from telemetry.errors import FarmstreamError
from telemetry.settings import Secret

__all__ = ["Manifest", "Release", "application_files", "make_manifest"]

Manifest = dict[str, Any]


class Release(NamedTuple):
    """An application's folder and its signed manifest."""

    folder: Path
    manifest: Manifest


def application_files(folder: Path) -> list[str]:
    """The files of an application folder (it holds `farm/`), as names below it, in order."""
    found = sorted(p.relative_to(folder).as_posix() for p in (folder / "farm").rglob("*.py"))
    if not found:
        raise FarmstreamError(f"{folder} holds no application: it needs a folder farm/ with Python files.")
    return found


def make_manifest(folder: Path, build: int, version: str, key: Secret) -> Manifest:
    """Name, size and sha256 of each file, and an HMAC-SHA256 over all of it; `key` is hexadecimal."""
    files = []
    for name in application_files(folder):
        data = (folder / name).read_bytes()
        files.append({"name": name, "size": len(data), "sha256": sha256(data).hexdigest()})
    lines = [f"{build} {version}", *(f"{f['name']} {f['size']} {f['sha256']}" for f in files)]
    try:
        secret = bytes.fromhex(key)
    except ValueError as why:
        raise FarmstreamError("The update key is not hexadecimal: give the board's update_key.") from why
    signature = hmac.new(secret, "\n".join(lines).encode(), sha256).hexdigest()
    return {"build": build, "version": version, "files": files, "hmac": signature}
