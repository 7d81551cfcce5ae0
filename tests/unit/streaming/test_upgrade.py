"""A checkpoint stays while it fits, and is put aside when settings or the state's version have changed."""

from pathlib import Path
from shutil import rmtree

import pytest
from msgspec.structs import replace

from streaming.settings import KafkaSettings, Settings
from streaming.upgrade import STATES, State, fit


def settings(folder: Path) -> Settings:
    return Settings(kafka=KafkaSettings(bootstrap="k:1"), checkpoints=str(folder / "c"), progress="p")


def test_a_checkpoint_that_fits_stays(tmp_path: Path) -> None:
    assert not list(fit(settings(tmp_path)))
    (tmp_path / "c" / "windows" / "metadata").write_text("id")
    assert not list(fit(settings(tmp_path)))
    assert (tmp_path / "c" / "windows" / "metadata").exists()


def test_one_of_before_notes_were_written_fits_the_first_version_alone(tmp_path: Path) -> None:
    old = tmp_path / "c" / "windows" / "metadata"
    old.parent.mkdir(parents=True)
    old.write_text("id")
    assert not list(fit(settings(tmp_path)))
    old.with_name("made-for.json").unlink()
    assert len(list(fit(settings(tmp_path), {"windows": State(2, ())}))) == 1
    assert not old.exists()


def test_a_changed_setting_puts_aside_the_states_that_depend_on_it(tmp_path: Path) -> None:
    list(fit(settings(tmp_path)))
    for name in STATES:
        (tmp_path / "c" / name / "metadata").write_text("id")
    [told] = fit(replace(settings(tmp_path), window="10m"))
    assert "Query windows starts anew" in told
    assert "window 5m → 10m" in told
    [aside] = (tmp_path / "c").glob("windows.*")
    assert (aside / "metadata").read_text() == "id"
    assert not (tmp_path / "c" / "windows" / "metadata").exists()
    assert (tmp_path / "c" / "downsample" / "metadata").exists()


@pytest.mark.parametrize("name", STATES)
def test_a_raised_version_begins_anew_and_the_version_before_can_go_on(tmp_path: Path, name: str) -> None:
    list(fit(settings(tmp_path)))
    new, old = tmp_path / "c" / name, STATES[name]
    (new / "metadata").write_text("id")
    [told] = fit(settings(tmp_path), {name: old._replace(version=old.version + 1)})
    assert f"version {old.version} → {old.version + 1}" in told
    [aside] = new.parent.glob(f"{name}.*")
    rmtree(new)
    aside.rename(new)
    assert not list(fit(settings(tmp_path)))
    assert (new / "metadata").read_text() == "id"
