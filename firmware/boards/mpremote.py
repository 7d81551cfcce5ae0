"""Puts the MicroPython application and its settings on a board with mpremote.

The application's watchdog cannot be stopped, and would reset the board in the middle of a copy: so `main.py`
goes away first, the board is reset, and `main.py` comes back last. A cut leaves a board that waits in the
REPL for the next try, never half an application.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from firmware.boards.errors import FlashError, WrongBoard
from firmware.boards.tools import check_free, run_tool, wait_for_port

__all__ = ["PLATFORMS", "put_application", "put_files", "read_settings"]

Progress = Callable[[str, float], None]

PLATFORMS = {"esp32": "esp32", "picow": "rp2"}
"""What `sys.platform` says on each board."""

_SOURCES = Path(__file__).parents[1] / "micropython"
_STOP = "import os\ntry:\n os.remove('main.py')\nexcept OSError:\n pass\nimport machine\nmachine.reset()"
_FOLDERS = "import os\nfor d in ('a', 'a/farm'):\n try:\n  os.mkdir(d)\n except OSError:\n  os.listdir(d)"
_FIRST_VERSION = (
    "import os\n"
    "for f in ('active', 'trial', 'a/manifest.json'):\n try:\n  os.remove(f)\n except OSError:\n  pass"
)
_ANSWER_S = 20.0
_STEP_S = 60.0
_COPY_S = 300.0
_NEVER = "\0"
"""No tool says this: it has `patience` in all."""


def put_application(port: str, board: str, progress: Progress) -> int:
    """Write the whole application (and no settings); the number of files. FlashError otherwise."""
    _check_board(port, board)
    files = [*_SOURCES.glob("*.py"), *sorted((_SOURCES / "farm").glob("*.py"))]
    names = [(f, f"a/farm/{f.name}" if f.parent.name == "farm" else f.name) for f in files]
    progress("stopping what runs", 0.0)
    _stop(port)
    _mpremote(port, "exec", _FOLDERS, "+", "exec", _FIRST_VERSION)
    _copy(port, [pair for pair in names if pair[1] != "main.py"], progress, _COPY_S)
    _copy(port, [pair for pair in names if pair[1] == "main.py"], lambda what, share: None)
    _restart(port)
    return len(files)


def put_files(port: str, board: str, files: dict[str, Path]) -> None:
    """Write settings and certificates, each replaced in one step, then restart."""
    _check_board(port, board)
    _stop(port)
    _copy(port, [(path, f"{name}.new") for name, path in files.items()], lambda what, share: None)
    renames = "".join(f"os.rename({name + '.new'!r}, {name!r})\n" for name in files)
    _mpremote(port, "exec", "import os\n" + renames)
    _copy(port, [(_SOURCES / "main.py", "main.py")], lambda what, share: None)
    _restart(port)


def read_settings(port: str) -> str | None:
    """What `settings.json` on the board holds, None where there is none."""
    code = "import os\nprint('===', 'settings.json' in os.listdir(), '===')"
    if "=== True ===" not in _mpremote(port, "exec", code):
        return None
    return _mpremote(port, "resume", "fs", "cat", ":settings.json").replace("\r\n", "\n").strip()


def _check_board(port: str, board: str) -> None:
    said = _mpremote(
        port, "exec", "import sys; print('===', sys.platform, '===')", answer="===", patience=_ANSWER_S
    )
    platform = said.partition("=== ")[2].partition(" ===")[0]
    check_platform(port, board, platform)


def check_platform(port: str, board: str, platform: str) -> None:
    """WrongBoard where `sys.platform` is that of another board that we know."""
    there = next((name for name, its in PLATFORMS.items() if its == platform), None)
    if there and there != board:
        raise WrongBoard(f"The board on {port} is {_ARTICLE[there]}, not {_ARTICLE[board]}: look at --board.")


_ARTICLE = {"esp32": "an ESP32", "picow": "a Pico W"}


def _stop(port: str) -> None:
    _mpremote(port, "exec", "--no-follow", _STOP)
    _wait_for(port)


def _restart(port: str) -> None:
    _mpremote(port, "resume", "exec", "--no-follow", "import machine; machine.reset()")


def _wait_for(port: str) -> None:
    """A board on native USB goes away at its reset, and comes back."""
    time.sleep(1.0)
    wait_for_port(port)


def _copy(
    port: str, files: Iterable[tuple[Path, str]], progress: Progress, patience: float = _STEP_S
) -> None:
    words: list[str] = []
    for source, name in files:
        words += [*(["+"] if words else []), "fs", "cp", str(source), f":{name}"]
    count = max(1, words.count("cp"))

    def said(out: str) -> None:
        progress("copying", out.count("cp ") / count)

    _mpremote(port, "resume", *words, said=said, patience=patience)


def _mpremote(
    port: str,
    *words: str,
    said: Callable[[str], None] | None = None,
    answer: str = _NEVER,
    patience: float = _STEP_S,
) -> str:
    """What it said. A step that hangs is done once more: mpremote waits for ever for a byte that was lost."""
    check_free(port)
    step = (["mpremote", "connect", port, *words], said or _quiet, answer, patience)
    code, output = run_tool(*step)
    if code < 0 and answer == _NEVER:
        code, output = run_tool(*step)
    if code == 0:
        return output
    if "could not enter raw repl" in output or code < 0:
        raise FlashError(
            f"MicroPython does not answer on {port}: is it on the board (--firmware writes it), "
            f"and is no other program using the port?"
        )
    last = next((line for line in reversed(output.splitlines()) if line.strip()), "it said nothing")
    raise FlashError(f"mpremote failed on {port}: {last.strip().removeprefix('mpremote: ')}")


def _quiet(_: str) -> None:
    """Nobody looks."""
