"""The command line: exit codes, what goes where, one sentence for what a person can mend."""

import json
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from storage import commands, queries
from storage.rows import Alert
from telemetry.clock import utc_now
from tests.unit.compose.command_line import Farmstream, sentence

COMMANDS = (
    "up", "down", "status", "logs", "dashboard", "readings", "alerts", "migrate", "sensors", "fields",
    "gateway", "collector", "streaming", "simulate", "test", "analyze", "predictions", "report",
)  # fmt: skip


def test_help_names_every_command(farmstream: Farmstream) -> None:
    shown = farmstream("--help")
    assert shown.returncode == 0
    assert not shown.stderr
    for name in COMMANDS:
        assert f"│ {name} " in shown.stdout


def test_a_wrong_word_is_exit_code_2_and_nothing_on_stdout(farmstream: Farmstream) -> None:
    for words in (("up", "--nonsense"), ("simulate", "--mqtt", "mqtt://127.0.0.1:1", "--nonsense")):
        wrong = farmstream(*words)
        assert wrong.returncode == 2
        assert not wrong.stdout
        assert "No such option" in wrong.stderr


def test_where_nothing_runs(farmstream: Farmstream, tmp_path: Path) -> None:
    home = ("--home", str(tmp_path / "home"))
    for words in (("readings", "1"), ("analyze",), ("predictions",), ("report",)):
        assert "farmstream up" in sentence(farmstream(*words, *home))
    assert "there are: none yet" in sentence(farmstream("logs", "kafka", *home))
    down = farmstream("down", *home)
    assert (down.returncode, down.stderr) == (0, "")
    told = farmstream("status", "--json", *home)
    assert (told.returncode, told.stderr) == (3, "")
    assert json.loads(told.stdout)["credentials"] == str(tmp_path / "home" / "credentials.json")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("up", "--boards", "lemon:3"), "there are no boards of kind 'lemon'"),
        (("up", "--interval", "soon"), "'soon' is not a duration"),
        (("up", "--faults", "lemon=1"), "There is no fault 'lemon'"),
        (("readings", "1", "--cassandra", "localhost"), "write host:port"),
        (("readings", "1", "--cassandra", "127.0.0.1:1"), "No Cassandra answers at 127.0.0.1:1"),
        (("migrate", "--cassandra", "a,b:1", "--replication", "field"), "neither 1 to 9 nor such as"),
        (("alerts", "--since", "ever", "--cassandra", "127.0.0.1:1"), "'ever' is not a duration"),
        (("analyze", "--since", "ever", "--cassandra", "127.0.0.1:1"), "'ever' is not a duration"),
        (("analyze", "--cassandra", "127.0.0.1:1"), "No Cassandra answers at 127.0.0.1:1"),
        (("predictions", "--cassandra", "127.0.0.1:1"), "No Cassandra answers at 127.0.0.1:1"),
    ],
)
def test_what_a_person_can_mend_is_one_sentence(
    farmstream: Farmstream, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    assert says in sentence(farmstream("--home", str(tmp_path), *words))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("x",), "No alert of the last 90d has an id that begins with 'x': `farmstream alerts"),
        (("ab", "--since", "2d"), "2 alerts of the last 2d have an id that begins with 'ab'"),
        (("",), "No alert of the last 90d has an id that begins with ''"),
    ],
)
def test_an_alert_that_nobody_can_mean_is_one_sentence(
    farmstream: Farmstream, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], says: str
) -> None:
    unsaid: dict[str, Any] = dict.fromkeys(Alert.__struct_fields__)
    known = [Alert(**unsaid | {"alert_id": name, "opened": utc_now()}) for name in ("abc", "abd")]
    tables = SimpleNamespace(session=None)  # that nothing can be acknowledged in
    monkeypatch.setattr(commands, "Farm", lambda _: nullcontext(tables))
    monkeypatch.setattr(queries, "alerts", lambda *_: known)
    assert says in sentence(farmstream("alerts", "ack", *words, "--cassandra", "127.0.0.1:1"))


def test_a_home_that_is_no_folder(farmstream: Farmstream, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert "name another one with --home" in sentence(farmstream("up", "--home", str(file)))
    assert "Not a directory" in sentence(farmstream("status", "--home", str(file)))


def test_the_home_after_the_command_wins_over_the_one_before_and_the_environment(
    farmstream: Farmstream, tmp_path: Path
) -> None:
    def used(*words: str, **env: str) -> str:
        return str(json.loads(farmstream(*words, **env).stdout)["credentials"])

    assert used("--home", "/a", "status", "--json", "--home", "/b") == "/b/credentials.json"
    assert used("--home", "/a", "status", "--json", FARMSTREAM_HOME="/c") == "/a/credentials.json"
    assert used("status", "--json", FARMSTREAM_HOME="/c") == "/c/credentials.json"
    here = str(Path(".farmstream").absolute() / "credentials.json")
    assert used("--home", "/a", "status", "--json", "--home", ".farmstream") == here


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("farmstream sta", ["status"]),
        ("farmstream up --bo", ["--boards"]),
        ("farmstream fields ", ["import", "list"]),
    ],
)
def test_a_shell_completes_commands_and_options(line: str, completed: list[str]) -> None:
    asked = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" ")), "_FARMSTREAM_COMPLETE": "complete_bash"}
    shown = subprocess.run(
        [Path(sys.executable).with_name("farmstream")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=asked,
    )
    assert sorted(shown.stdout.split()) == completed
