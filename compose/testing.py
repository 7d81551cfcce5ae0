"""`farmstream test`: set up what the tests need, run them, end with pytest's own last line.

`--unit` runs the unit tests alone, which need no servers and no system packages; every other
argument is pytest's. With FARMSTREAM_CI=1 only the tests for an installed Fluentd may be skipped.

The tests of real servers and chips wait more than they compute, so files run side by side, each worker
with servers of its own, where the machine has the memory; `-n 0` runs one after the other.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import psutil
from rich.console import Console

from telemetry.errors import FarmstreamError

__all__ = ["SetupFailed", "main", "side_by_side"]

ROOT = Path(__file__).resolve().parent.parent

_WORKERS = 2
_MIB_PER_WORKER = 4500
"""Kafka, Cassandra, Spark with its Python workers, and a pipeline that a test starts beside them."""

_EXTRAS = ("test", "boards")
_ADMIN_FOLDERS = ("/usr/local/sbin", "/usr/sbin")


class SetupFailed(FarmstreamError):
    """A step before the tests failed."""


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Run the tests; pytest's exit code, or SetupFailed where it could not be started."""
    if not (root / "tests").is_dir():
        raise SetupFailed(f"There are no tests in {root}: run `./farmstream test` in a clone of the project.")
    unit = "--unit" in arguments
    rest = [word for word in arguments if word != "--unit"]
    console = Console(highlight=False)
    _install_extras(root, console)
    if not unit:
        _install_system_packages(root, console)
    free = psutil.virtual_memory().available // 2**20
    paths = [*(["tests/unit"] if unit else []), *side_by_side(rest, free)]
    environ = os.environ | {"PATH": os.pathsep.join((os.environ.get("PATH", ""), *_ADMIN_FOLDERS))}
    sys.stdout.flush()
    return subprocess.call([sys.executable, "-m", "pytest", *paths, *rest], cwd=root, env=environ)


def side_by_side(arguments: Sequence[str], free_mib: int) -> list[str]:
    """Words for pytest that spread whole files over workers; none where `arguments` or memory forbid it."""
    workers = min(_WORKERS, free_mib // _MIB_PER_WORKER)
    if workers < 2 or any(word.startswith(("-n", "--numprocesses", "--pdb")) for word in arguments):
        return []
    return ["-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder"]


def _install_extras(root: Path, console: Console) -> None:
    """Install the test tools into our environment; a stamp there says that they are the wanted ones."""
    stamp = Path(sys.prefix) / "tests-made-from"
    wanted = str(
        crc32(b"".join((root / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")))
    )
    if stamp.exists() and stamp.read_text() == wanted:
        return
    target = f"{root}[{','.join(_EXTRAS)}]"
    pip = (sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-q")
    with console.status("Installing the test tools"):
        made = _quiet([*pip, "-c", str(root / "constraints.txt"), "-e", target])
    if made.returncode:
        raise SetupFailed(
            "Installing the test tools failed: check that this machine reaches the Python package index, "
            f"then run this again ({_last_line(made.stdout)})."
        )
    stamp.write_text(wanted)


def _install_system_packages(root: Path, console: Console) -> None:
    """As root on Debian install what is missing; elsewhere say what would, and go on without."""
    missing = _missing(_packages((root / "tests" / "system-packages.txt").read_text()))
    if not missing:
        return
    line = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
    if os.geteuid() != 0:
        console.print(f"Some tests will be skipped; for these run: sudo {line}", soft_wrap=True)
        return
    with console.status(f"Installing {', '.join(missing)}"):
        if not any(Path("/var/lib/apt/lists").glob("*_Packages*")):
            _quiet(["apt-get", "update"])
        made = _quiet(line.split())
    if made.returncode:
        console.print(f"`{line}` failed, so that some tests will be skipped: {_last_line(made.stdout)}")


def _packages(text: str) -> list[str]:
    return [name for line in text.splitlines() for name in line.partition("#")[0].split()]


def _missing(packages: Sequence[str]) -> list[str]:
    """Which of Debian's packages are not installed; on other systems, none."""
    if shutil.which("dpkg-query") is None:
        return []
    asked = _quiet(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *packages])
    installed = {
        words[0] for line in asked.stdout.splitlines() if (words := line.split())[-1:] == ["installed"]
    }
    return [name for name in packages if name not in installed]


def _quiet(words: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        words,
        check=False,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
    )


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"
