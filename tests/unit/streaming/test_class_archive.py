"""The archive of Spark's classes is written once, taken when it is whole, and used from then on."""

from pathlib import Path

import pytest

from streaming.class_archive import ClassArchive, class_archive


def test_it_is_written_once_and_then_used(tmp_path: Path) -> None:
    path = tmp_path / "classes.jsa"
    archive = ClassArchive(path)
    assert archive.missing
    assert archive.options(write=False) == ()
    [draft] = [w.partition("=")[2] for w in archive.options(write=True) if w.startswith("-XX:ArchiveClasses")]
    archive.take(lambda: Path(draft).write_bytes(b"\xf0\x0b\xab\xa2 classes"))
    assert not archive.missing
    assert not Path(draft).exists()
    for write in (True, False):
        assert f"-XX:SharedArchiveFile={path}" in archive.options(write=write)


def test_one_that_is_not_whole_is_thrown_away(tmp_path: Path) -> None:
    archive = ClassArchive(tmp_path / "classes.jsa")
    [draft] = [w.partition("=")[2] for w in archive.options(write=True) if w.startswith("-XX:ArchiveClasses")]
    archive.take(lambda: Path(draft).write_bytes(bytes(4) + b" half of the classes"))
    assert archive.missing
    assert list(tmp_path.iterdir()) == []


def test_a_jvm_that_wrote_none_leaves_none(tmp_path: Path) -> None:
    archive = ClassArchive(tmp_path / "classes.jsa")
    archive.take(lambda: None)
    assert archive.missing


def test_another_java_has_another_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert class_archive() is None
    (tmp_path / "release").write_text('JAVA_VERSION="17.0.1"')
    assert class_archive() is None, "a Java without an archive of its own classes would not start"
    (tmp_path / "lib" / "server").mkdir(parents=True)
    (tmp_path / "lib" / "server" / "classes.jsa").touch()
    first = class_archive()
    (tmp_path / "release").write_text('JAVA_VERSION="17.0.2"')
    second = class_archive()
    assert first
    assert second
    assert first.options(write=True) != second.options(write=True)
