"""The cache of jars: whole or absent, and never with a jar that is not the one in the lock file."""

from hashlib import sha256
from pathlib import Path
from threading import Thread
from time import sleep

import pytest

from compose.local.jar_cache import NoCache, WrongSum, cache_dir, exclusive, held, install
from compose.local.jars_lock import Jar

GOOD = b"a jar"


def a_jar(content: bytes = GOOD) -> Jar:
    return Jar("kafka", "org.example", "some", "1.0", "some-1.0.jar", sha256(content).hexdigest())


def arrived(folder: Path, content: bytes) -> Path:
    place = folder / "arrived" / "org.example" / "some" / "1.0"
    place.mkdir(parents=True)
    (place / "some-1.0.jar").write_bytes(content)
    return folder / "arrived"


def test_what_arrived_is_kept_and_found_again(tmp_path: Path) -> None:
    assert held("kafka", [a_jar()], tmp_path) is None
    kept = install("kafka", [a_jar()], arrived(tmp_path, GOOD), tmp_path)
    assert held("kafka", [a_jar()], tmp_path) == kept
    assert kept.one("some").read_bytes() == GOOD
    assert kept.classpath == f"{kept.folder}/*"


def test_another_jar_than_the_locked_one_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(WrongSum, match=r"^The jar some-1\.0\.jar that arrived has the sha256"):
        install("kafka", [a_jar()], arrived(tmp_path, b"another"), tmp_path)
    assert held("kafka", [a_jar()], tmp_path) is None
    assert not list(tmp_path.rglob("*.jar"))


def test_a_jar_that_was_altered_in_the_cache_is_noticed(tmp_path: Path) -> None:
    kept = install("kafka", [a_jar()], arrived(tmp_path, GOOD), tmp_path)
    kept.files[0].write_bytes(b"b jar")
    assert held("kafka", [a_jar()], tmp_path) is None


def test_a_jar_that_was_only_touched_is_taken(tmp_path: Path) -> None:
    kept = install("kafka", [a_jar()], arrived(tmp_path, GOOD), tmp_path)
    kept.files[0].touch()
    assert held("kafka", [a_jar()], tmp_path) == kept


def test_another_lock_is_another_set(tmp_path: Path) -> None:
    install("kafka", [a_jar()], arrived(tmp_path, GOOD), tmp_path)
    assert held("kafka", [a_jar(b"newer")], tmp_path) is None


def test_one_fills_the_cache_and_the_other_says_that_it_waits(tmp_path: Path) -> None:
    said: list[str] = []

    def other() -> None:
        with exclusive(tmp_path, lambda: said.append("waits")):
            said.append("has it")

    with exclusive(tmp_path):
        second = Thread(target=other)
        second.start()
        while not said:
            sleep(0.01)
        assert said == ["waits"]
    second.join(20)
    assert said == ["waits", "has it"]


def test_a_cache_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NoCache, match=r"\(Not a directory\): name another folder in FARMSTREAM_CACHE"):  # noqa: SIM117
        with exclusive(tmp_path / "file" / "cache"):
            pass


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cache_dir({"FARMSTREAM_CACHE": "/some/where"}) == Path("/some/where")
    assert cache_dir({"XDG_CACHE_HOME": "/caches"}) == Path("/caches/farmstream")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_dir({}) == tmp_path / ".cache" / "farmstream"
    (tmp_path / "Library" / "Caches").mkdir(parents=True)
    assert cache_dir({}) == tmp_path / "Library" / "Caches" / "farmstream"
