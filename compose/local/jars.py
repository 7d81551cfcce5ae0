"""The jars of Kafka, Cassandra and Spark's Kafka connector: fetched once, checked, and kept.

`python -m compose.local.jars` fetches what is missing; `--update-lock` resolves the versions that
`ivy-*.xml` name, with all that they ask for, and writes `jars.lock` anew.

JarsMissing            Ivy could not fetch a set
"""

import argparse
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from compose.local.ivy import fetch, locked_module
from compose.local.jar_cache import JarSet, cache_dir, exclusive, held, install
from compose.local.jars_lock import SETS, Jar, digest, read_lock, write_lock
from compose.local.java import Java, find_java
from compose.local.process import ProcessFailed
from telemetry.errors import FarmstreamError

__all__ = ["JarsMissing", "require_jars", "update_lock"]

_HERE = Path(__file__).parent
_TITLES = {"kafka": "Kafka", "cassandra": "Cassandra", "spark": "Spark's Kafka connector"}


class JarsMissing(FarmstreamError):
    """A set could not be fetched; what arrived of it stays for the next try, outside of the cache."""

    def __init__(self, name: str, log: Path) -> None:
        super().__init__(
            f"Fetching the jars of {_TITLES[name]} from Maven Central failed: check that this machine "
            f"reaches the internet and run the command again (what has arrived is kept; log: {log})."
        )


def require_jars(java: Java, names: Iterable[str] = SETS, cache: Path | None = None) -> dict[str, JarSet]:
    """Set → jars; those that the cache lacks are fetched, side by side, with a progress bar."""
    cache, lock = cache or cache_dir(), read_lock()
    names = tuple(names)
    have = {name: held(name, lock[name], cache) for name in names}
    if any(found is None for found in have.values()):
        with exclusive(cache, _tell_of_waiting):
            have = {name: held(name, lock[name], cache) for name in names}
            missing = {name: lock[name] for name, found in have.items() if found is None}
            have |= _fetch_all(java, missing, cache)
    return {name: found for name, found in have.items() if found}


def update_lock(java: Java) -> list[Jar]:
    """Resolve every set anew, with no regard to the old lock; the jars that go into the new one."""
    with TemporaryDirectory(prefix="farmstream-jars-") as scratch, ThreadPoolExecutor(len(SETS)) as pool:
        return [
            jar
            for jars in pool.map(lambda name: _resolve(java, name, Path(scratch) / name), SETS)
            for jar in jars
        ]


def _resolve(java: Java, name: str, work: Path) -> list[Jar]:
    fetch(java, _HERE / f"ivy-{name}.xml", work, poms=True)
    files = (work / "jars").glob("*/*/*/*.jar")
    return [_jar(name, file) for file in files]


def _jar(name: str, file: Path) -> Jar:
    group, artifact, version = file.parts[-4:-1]
    return Jar(name, group, artifact, version, file.name, digest(file))


def _tell_of_waiting() -> None:
    Console().print("Waiting for another farmstream, which fetches the jars …")


class _Cancelled(Exception):
    """Ctrl-C: each thread ends its Ivy."""


def _fetch_all(java: Java, missing: dict[str, list[Jar]], cache: Path) -> dict[str, JarSet]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    cancelled = Event()
    with Progress(*columns) as bar, ThreadPoolExecutor(len(missing) or 1) as pool:
        bar.console.print("Fetching jars from Maven Central, once:")
        tasks = {name: bar.add_task(_TITLES[name], total=len(jars)) for name, jars in missing.items()}

        def one(name: str) -> JarSet:
            def seen(count: int) -> None:
                bar.update(tasks[name], completed=count)
                if cancelled.is_set():
                    raise _Cancelled

            return _fetch(java, name, missing[name], cache, seen)

        try:
            return dict(zip(missing, pool.map(one, missing), strict=True))
        except KeyboardInterrupt:
            cancelled.set()
            raise


def _fetch(java: Java, name: str, jars: Sequence[Jar], cache: Path, seen: Callable[[int], None]) -> JarSet:
    """Fetch one set by the lock into a work folder, which stays when that fails, and install it."""
    work = cache / "work" / name
    shutil.rmtree(work / "jars", ignore_errors=True)
    work.mkdir(parents=True, exist_ok=True)
    module = work / "ivy.xml"
    module.write_text(locked_module(name, jars))
    try:
        fetch(java, module, work, poms=False, seen=seen)
    except ProcessFailed as why:
        raise JarsMissing(name, why.log) from why
    try:
        return install(name, jars, work / "jars", cache)
    finally:
        shutil.rmtree(work)


def _main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m compose.local.jars")
    parser.add_argument("--update-lock", action="store_true", help="resolve anew and write jars.lock")
    try:
        java = find_java()
        if parser.parse_args(arguments).update_lock:
            write_lock(update_lock(java))
        for name, jars in require_jars(java).items():
            sys.stdout.write(f"{name}: {len(jars.files)} jars in {jars.folder}\n")
    except FarmstreamError as why:
        sys.stderr.write(f"{why}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
