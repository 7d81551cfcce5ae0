"""streaming.toml: defaults as the issue states them, and one sentence for what is wrong."""

from pathlib import Path

import pytest

from streaming.queries import BUILDERS
from streaming.settings import QUERIES, Settings, Triggers, read_settings
from telemetry.errors import SettingsError

LEAST = 'checkpoints = "c"\nprogress = "p.json"\n'
KAFKA = '[kafka]\nbootstrap = "127.0.0.1:9092"\n'


def read(folder: Path, lines: str = "", tables: str = "") -> Settings:
    path = folder / "streaming.toml"
    path.write_text(LEAST + lines + KAFKA + tables)
    return read_settings(path)


def test_the_least_that_must_be_said(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert (settings.window, settings.slide, settings.watermark) == ("5m", "1m", "10m")
    assert (settings.max_ahead, settings.legacy_time_zone, settings.min_count) == ("10m", "UTC", 1)
    assert settings.cassandra.keyspace == "farm"


def test_each_query_can_be_switched_off(tmp_path: Path) -> None:
    assert QUERIES == tuple(BUILDERS) == Triggers.__struct_encode_fields__
    assert read(tmp_path).queries == QUERIES
    assert read(tmp_path, 'queries = ["readings", "join"]\n').queries == ("readings", "join")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('windw = "5m"', "unknown field `windw`"),
        ('window = "soon"', "'soon' is not a duration"),
        ('watermark = "x"', "'x' is not a duration"),
        ('window = "1m"\nslide = "2m"', r"slide must be more than 0 and at most window \(1m\)"),
        ('slide = "0s"', "slide must be more than 0"),
        (
            'queries = ["join", "jion"]',
            "there is no query 'jion': queries are some of events, join, readings",
        ),
        ('queries = ["join", "join"]', "queries names one twice"),
        ("queries = []", "queries names none"),
        ("min_count = 0", "Expected `int` >= 1 - at `min_count`"),
        ('legacy_time_zone = "Mars/Base"', "legacy_time_zone 'Mars/Base' is not a time zone"),
        ('jars = ["/nowhere/a.jar"]', "the jar /nowhere/a.jar is missing: run `farmstream up`"),
        ('driver_memory = "lots"', "at `driver_memory`"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, lines: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        read(tmp_path, lines + "\n")


def test_tables_are_checked_too(tmp_path: Path) -> None:
    assert read(tmp_path, tables='[triggers]\nwindows = "250ms"\n').triggers.windows == "250ms"
    with pytest.raises(SettingsError, match="'often' is not a duration"):
        read(tmp_path, tables='[triggers]\njoin = "often"\n')
    with pytest.raises(SettingsError, match="unknown field `hosts`"):
        read(tmp_path, tables='hosts = "x"\n')
