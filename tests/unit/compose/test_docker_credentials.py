"""The passwords of the containers: made once, private, the same for both ends."""

import os
from base64 import b64decode
from hashlib import pbkdf2_hmac
from pathlib import Path

import pytest

from compose.docker.credentials import OWNERS, main
from compose.local.credentials import USERS, load_credentials
from telemetry.settings import read_secret


def files(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert main([str(tmp_path)]) == 0
    return tmp_path


def test_a_second_start_keeps_all_passwords(folder: Path) -> None:
    before = files(folder)
    assert main([str(folder)]) == 0
    after = files(folder)
    del before["mqtt/passwords"], after["mqtt/passwords"]  # salted anew
    assert before == after


def test_nobody_else_can_read_them(folder: Path) -> None:
    made = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in made} == {0o600}
    if os.geteuid() == 0:
        assert {path.stat().st_uid for path in made if path.parent.name == "gateway"} == {OWNERS["gateway"]}


def test_each_reader_has_the_password_that_the_broker_knows(folder: Path) -> None:
    known = load_credentials(folder / "all" / "credentials.json")
    gateway = read_secret(folder / "gateway" / "mqtt.password")
    simulator = read_secret(folder / "simulator" / "mqtt.password")
    assert (gateway, simulator) == (known["mqtt-gateway"].password, known["mqtt"].password)
    for line, password in zip(hashes(folder), (simulator, gateway), strict=True):
        user, _, scheme, rounds, salt, digest = line.replace(":", "$").split("$")
        assert (user, scheme) == ({simulator: USERS["mqtt"], gateway: USERS["mqtt-gateway"]}[password], "7")
        assert pbkdf2_hmac("sha512", password.encode(), b64decode(salt), int(rounds)) == b64decode(digest)


def hashes(folder: Path) -> list[str]:
    return sorted((folder / "mqtt" / "passwords").read_text().splitlines())


def test_jupyterlab_and_the_pages_ask_for_the_same_token(folder: Path) -> None:
    tokens = {(folder / name / "token").read_text() for name in ("jupyter", "dashboards")}
    assert len(tokens) == 1
    assert len(tokens.pop()) > 20


def test_a_broken_file_is_one_sentence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "all" / "credentials.json").write_text("{")
    assert main([str(folder)]) == 1
    assert "is not a list of credentials" in capsys.readouterr().err
