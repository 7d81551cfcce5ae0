"""When a state began: known after a restart, and nothing is older where the tables were empty."""

from datetime import timedelta
from pathlib import Path

from streaming.begun import FROM_THE_START, begun
from telemetry.clock import utc_now


def test_a_restart_knows_when_the_state_began(tmp_path: Path) -> None:
    first = begun(tmp_path / "windows", lambda: True)
    assert timedelta() <= utc_now() - first < timedelta(minutes=5)
    again = begun(tmp_path / "windows", lambda: False)
    assert again == first


def test_over_empty_tables_nothing_is_asked_then_or_later(tmp_path: Path) -> None:
    assert begun(tmp_path / "windows", lambda: False) == FROM_THE_START
    assert begun(tmp_path / "windows", lambda: True) == FROM_THE_START


def test_a_note_that_was_cut_off_is_written_again(tmp_path: Path) -> None:
    (tmp_path / "begun").write_text("")
    assert begun(tmp_path, lambda: True) == begun(tmp_path, lambda: True) > FROM_THE_START
