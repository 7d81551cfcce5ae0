"""`collector.toml`: defaults that fit each other, one sentence for a wrong file."""

from pathlib import Path

import pytest

from fluentd.collector import main
from fluentd.settings import Settings
from telemetry.errors import SettingsError
from telemetry.settings import load_settings


def load(folder: Path, text: str) -> Settings:
    path = folder / "collector.toml"
    path.write_text(text)
    return load_settings(path, Settings)


def test_only_the_cluster_must_be_said(tmp_path: Path) -> None:
    settings = load(tmp_path, '[kafka]\nbootstrap = "127.0.0.1:9092"')
    assert (settings.listen.host, settings.http.host) == ("127.0.0.1", "127.0.0.1")
    kafka = settings.kafka
    assert kafka.max_record < kafka.batch < settings.listen.max_message < kafka.in_flight
    assert kafka.delivery_timeout_s == 20


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "kafka"),
        ('[kafka]\nbootstrap = "x"\nlingr = "1s"', "lingr"),
        ('[kafka]\nbootstrap = "x"\ncompression = "brotli"', "compression"),
        ('[kafka]\nbootstrap = "x"\n[listen]\nport = 99999', "listen.port"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load(tmp_path, text)


def test_main_prints_the_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tmp_path / "none.toml") == 1
    assert capsys.readouterr().err.startswith("Cannot read the settings file")


@pytest.mark.parametrize("wrong", ['delivery_timeout = "soon"', 'linger = "1h"'])
def test_what_the_client_refuses_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    path = tmp_path / "collector.toml"
    path.write_text(f'[http]\nport = 0\n[listen]\nport = 0\n[kafka]\nbootstrap = "127.0.0.1:1"\n{wrong}\n')
    assert main(path) == 1
    assert capsys.readouterr().err.endswith(".\n")
