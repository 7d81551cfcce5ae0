"""The cache of jars: a folder per set and lock, complete or absent, checked without starting a JVM.

jars/kafka-4f1c…/*.jar
jars/kafka-4f1c…/verified      size and time of each file when its sha256 was last compared
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

import msgspec

from compose.local.jars_lock import Jar, digest, set_key
from telemetry.errors import FarmstreamError

__all__ = ["JarSet", "NoCache", "WrongSum", "cache_dir", "exclusive", "held", "install"]

_STAMP = "verified"


class WrongSum(FarmstreamError):
    """A jar that was fetched is not the one in the lock file."""

    def __init__(self, jar: Jar, got: str) -> None:
        super().__init__(
            f"The jar {jar.file} that arrived has the sha256 {got[:12]}… where jars.lock has "
            f"{jar.sha256[:12]}…: nothing was kept of it; run the command again, and if it happens again "
            f"do not trust this network or its mirror."
        )


class NoCache(FarmstreamError):
    """The folder of the cache cannot be written."""

    def __init__(self, cache: Path, why: OSError) -> None:
        super().__init__(
            f"The jars cannot be kept in {cache} ({why.strerror}): name another folder in FARMSTREAM_CACHE."
        )


@dataclass(frozen=True)
class JarSet:
    """The jars of one set, all in `folder`."""

    folder: Path
    files: tuple[Path, ...]

    @property
    def classpath(self) -> str:
        """For `java -cp`."""
        return str(self.folder / "*")

    def one(self, artifact: str) -> Path:
        """The jar of `artifact`; KeyError where the set has none."""
        for file in self.files:
            if file.name.startswith(artifact + "-"):
                return file
        raise KeyError(artifact)


def cache_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """`$FARMSTREAM_CACHE`, else farmstream's folder among the user's caches."""
    if given := environ.get("FARMSTREAM_CACHE"):
        return Path(given).expanduser().absolute()
    mac = Path.home() / "Library" / "Caches"
    usual = mac if mac.is_dir() else Path.home() / ".cache"
    return Path(environ.get("XDG_CACHE_HOME") or usual) / "farmstream"


def held(name: str, jars: Sequence[Jar], cache: Path) -> JarSet | None:
    """The set if the cache has all of it, unaltered; sums are computed only where a file was touched."""
    folder = _folder(name, jars, cache)
    files = [folder / jar.file for jar in jars]
    try:
        now = {file.name: _look(file) for file in files}
        known = msgspec.json.decode((folder / _STAMP).read_bytes(), type=dict[str, tuple[int, int]])
    except (OSError, msgspec.DecodeError):
        return None
    for jar, file in zip(jars, files, strict=True):
        if known.get(jar.file) != now[jar.file] and digest(file) != jar.sha256:
            return None
    if known != now:
        _stamp(folder, now)
    return JarSet(folder, tuple(files))


def install(name: str, jars: Sequence[Jar], arrived: Path, cache: Path) -> JarSet:
    """Put a set's jars, lying anywhere below `arrived`, into the cache; WrongSum leaves no trace there."""
    found = {file.name: file for file in arrived.rglob("*.jar")}
    folder = _folder(name, jars, cache)
    draft = folder.with_name(f"{folder.name}.{os.getpid()}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        for jar in jars:
            if (got := digest(found[jar.file])) != jar.sha256:
                found[jar.file].unlink()
                raise WrongSum(jar, got)
            found[jar.file].replace(draft / jar.file)
        _stamp(draft, {jar.file: _look(draft / jar.file) for jar in jars})
        shutil.rmtree(folder, ignore_errors=True)
        draft.replace(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return JarSet(folder, tuple(folder / jar.file for jar in jars))


@contextmanager
def exclusive(cache: Path, waits: Callable[[], None] = lambda: None) -> Iterator[None]:
    """One process at a time fills the cache; others call `waits`, wait for it and find it full."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = (cache / "lock").open("w")
    except OSError as why:
        raise NoCache(cache, why) from why
    with lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            waits()
            flock(lock, LOCK_EX)
        yield


def _folder(name: str, jars: Sequence[Jar], cache: Path) -> Path:
    return cache / "jars" / f"{name}-{set_key(jars)}"


def _look(file: Path) -> tuple[int, int]:
    status = file.stat()
    return status.st_size, status.st_mtime_ns


def _stamp(folder: Path, looks: Mapping[str, tuple[int, int]]) -> None:
    draft = folder / (_STAMP + ".new")
    draft.write_bytes(msgspec.json.encode(looks))
    draft.replace(folder / _STAMP)
