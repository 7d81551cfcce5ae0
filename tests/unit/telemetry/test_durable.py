"""A file is replaced as a whole."""

from pathlib import Path

from telemetry.durable import replace_file


def test_the_new_content_is_there_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "state.json"
    for content in (b"one", b"two"):
        replace_file(path, content)
        assert path.read_bytes() == content
    assert [*path.parent.iterdir()] == [path]
