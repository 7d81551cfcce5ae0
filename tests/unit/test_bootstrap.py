"""./farmstream, the bootstrap script, with a Python that is a shell script: what it does, and when."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from time import monotonic, sleep

import pytest

ROOT = Path(__file__).parents[2]

PYTHON = """\
#!/bin/sh
# Stands in for Python and notes what it is asked for: real ones take a minute and a network.
here=$(dirname -- "$0")
case "$*" in
    "-c import sys"*) [ -z "$TOO_OLD" ] ;;
    "-m venv --clear "*)
        echo venv >>"$CALLS"
        [ "$BREAK" != venv ] || exit 1
        rm -rf "$4" && mkdir -p "$4/bin" && ln -s "$0" "$4/bin/python" ;;
    "-m pip --version") ;;
    "-m pip install "*)
        echo pip >>"$CALLS"
        echo "Downloading a wheel"
        [ "$BREAK" != hang ] || exec sleep 60
        [ "$BREAK" != pip ] || exit 1
        printf '#!/bin/sh\\nprintf "runs %%s\\\\n" "$*"\\n' >"$here/farmstream"
        chmod +x "$here/farmstream" ;;
    *) echo "unexpected: $*" >&2; exit 9 ;;
esac
"""


class Project:
    """A copy of the script in a folder of its own, whose name has a blank."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "my farm"
        self.root.mkdir()
        shutil.copy(ROOT / "farmstream", self.root)
        (self.root / "pyproject.toml").write_text("")
        (self.root / "constraints.txt").write_text("")
        self.python = folder / "python"
        self.python.write_text(PYTHON)
        self.python.chmod(0o755)
        self.calls_file = folder / "calls"

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    def env(self, more: Mapping[str, str]) -> dict[str, str]:
        given = {"FARMSTREAM_PYTHON": str(self.python), "CALLS": str(self.calls_file)}
        return {"PATH": os.environ["PATH"], "TOO_OLD": "", "BREAK": "", **given, **more}

    def start(self, *words: str, **env: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [self.root / "farmstream", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.env(env),
        )

    def run(self, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
        process = self.start(*words, **env)
        out, err = process.communicate(timeout=30)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def calls(self) -> list[str]:
        """What Python was asked for since the last look."""
        found = self.calls_file.read_text().split() if self.calls_file.exists() else []
        self.calls_file.write_text("")
        return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def until_exists(path: Path, text: str = "") -> None:
    deadline = monotonic() + 20
    while not (path.exists() and text in path.read_text()):
        assert monotonic() < deadline, f"no {path}"
        sleep(0.02)


def test_the_first_start_sets_up_and_the_second_only_runs(project: Project) -> None:
    first = project.run("status", "--home", "a b")
    assert (first.returncode, first.stdout) == (0, "runs status --home a b\n")
    assert [line.split()[0] for line in first.stderr.splitlines()] == ["Making", "Installing"]
    assert project.calls() == ["venv", "pip"]
    second = project.run("up")
    assert (second.returncode, second.stdout, second.stderr) == (0, "runs up\n", "")
    assert project.calls() == []
    assert sorted(path.name for path in project.root.iterdir() if "setup" in path.name) == []


@pytest.mark.parametrize(("step", "advice"), [("venv", "python3-venv"), ("pip", "Python package index")])
def test_a_step_that_fails_is_named_and_the_next_start_goes_on(
    project: Project, step: str, advice: str
) -> None:
    failed = project.run("up", BREAK=step)
    assert failed.returncode == 1
    assert not failed.stdout
    last = failed.stderr.splitlines()[-1]
    assert last.startswith("farmstream: ")
    assert advice in last
    assert str(project.root / ".venv-setup.log") in last
    assert project.run("up").stdout == "runs up\n"


def test_a_python_that_is_too_old(project: Project) -> None:
    named = project.run("up", TOO_OLD="1")
    assert named.returncode == 1
    assert "which is no Python 3.11 or newer: correct it, or unset it." in named.stderr
    for name in ("python", "python3", *(f"python3.{minor}" for minor in range(11, 15))):
        shutil.copy(project.python, project.root / name)
    path = f"{project.root}:{os.environ['PATH']}"
    found = project.run("up", TOO_OLD="1", FARMSTREAM_PYTHON="", PATH=path)
    assert found.returncode == 1
    assert found.stderr.endswith("install one, or name it in FARMSTREAM_PYTHON.\n")
    assert project.run("up", FARMSTREAM_PYTHON="", PATH=path).returncode == 0


def test_a_set_up_that_was_killed_is_made_anew(project: Project) -> None:
    cut_off = project.start("up", BREAK="hang")
    until_exists(project.calls_file, "pip")
    cut_off.kill()
    cut_off.communicate()
    project.calls()
    again = project.run("up")
    assert again.stdout == "runs up\n"
    assert project.calls() == ["venv", "pip"]


def test_ctrl_c_ends_the_set_up_and_its_child(project: Project) -> None:
    started = project.start("up", BREAK="hang")
    until_exists(project.root / ".venv-setup.log", "Downloading")
    started.send_signal(signal.SIGINT)
    out, _ = started.communicate(timeout=20)  # which waits for the child too: it holds the pipe
    assert (started.returncode, out) == (130, "")
    assert not (project.root / ".venv-setup.lock").exists()
    assert project.run("up").stdout == "runs up\n"


def test_a_second_start_waits_for_the_set_up_of_the_first(project: Project) -> None:
    lock = project.root / ".venv-setup.lock"
    lock.mkdir()
    (lock / "pid").write_text(str(os.getpid()))
    second = project.start("up")
    assert second.stderr
    assert second.stderr.readline().startswith("Waiting for the set-up that process")
    assert project.calls() == []
    shutil.rmtree(lock)
    assert second.communicate(timeout=20)[0] == "runs up\n"


def test_other_versions_are_installed_and_another_python_makes_it_anew(project: Project) -> None:
    project.run("up")
    project.calls()
    (project.root / "constraints.txt").write_text("other==1\n")
    assert project.run("up").returncode == 0
    assert project.calls() == ["pip"]
    (project.venv / "bin" / "python").unlink()
    assert project.run("up").returncode == 0
    assert project.calls() == ["venv", "pip"]
