"""The committed list of jars, `jars.lock`: per line a set, group:artifact:version, file and sha256."""

from collections.abc import Iterable
from hashlib import file_digest, sha256
from pathlib import Path
from typing import NamedTuple

from telemetry.errors import SettingsError

__all__ = ["LOCK", "SETS", "Jar", "digest", "read_lock", "set_key", "write_lock"]

LOCK = Path(__file__).with_name("jars.lock")
SETS = ("kafka", "cassandra", "spark")

_HEAD = "# Made by `python -m compose.local.jars --update-lock`: set, group:artifact:version, file, sha256.\n"


class Jar(NamedTuple):
    """One jar of one set."""

    set: str
    group: str
    artifact: str
    version: str
    file: str
    sha256: str

    @property
    def classifier(self) -> str:
        """`linux-x86_64` in `netty-…-linux-x86_64.jar`; empty for most jars."""
        return self.file.removeprefix(f"{self.artifact}-{self.version}").removesuffix(".jar").lstrip("-")


def read_lock(path: Path = LOCK) -> dict[str, list[Jar]]:
    """Set → its jars; SettingsError names a broken line."""
    jars: dict[str, list[Jar]] = {name: [] for name in SETS}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line and not line.startswith("#"):
            words = line.replace(":", " ").split()
            if len(words) != 6 or words[0] not in jars:
                raise SettingsError(f"Line {number} of {path} is broken: run the command in its first line.")
            jars[words[0]].append(Jar(*words))
    return jars


def write_lock(jars: Iterable[Jar], path: Path = LOCK) -> None:
    """Write the lock, sorted."""
    lines = [f"{j.set} {j.group}:{j.artifact}:{j.version} {j.file} {j.sha256}\n" for j in sorted(jars)]
    path.write_text(_HEAD + "".join(lines))


def set_key(jars: Iterable[Jar]) -> str:
    """A short name for exactly these files: the cache keeps each version of a set in its own folder."""
    return sha256("".join(f"{jar.file}{jar.sha256}" for jar in sorted(jars)).encode()).hexdigest()[:12]


def digest(path: Path) -> str:
    """The file's sha256, in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
