"""The reading is defined once: everything that restates a part of it is held equal here."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.clock import duration, from_epoch_ms, iso, to_epoch_ms
from telemetry.errors import SettingsError
from telemetry.line import decode_line, encode_line
from telemetry.quantities import QUANTITIES
from telemetry.reading import Coord, Main, Reading, normalised
from telemetry.settings import Secret, load_settings, read_secret
from telemetry.soil import TEXTURES, irrigate_below
from telemetry.topics import TOPICS, ack_topic, board_of


def test_main_holds_the_quantities_in_order() -> None:
    assert [f.name for f in msgspec.structs.fields(Main)] == [q.name for q in QUANTITIES]


def test_topics_are_distinct() -> None:
    assert len({t.name for t in TOPICS}) == len(TOPICS)


def test_iso_always_has_milliseconds_and_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert iso(datetime(2026, 11, 24, 11, tzinfo=tokyo)) == "2026-11-24T02:00:00.000Z"


@given(st.integers(0, 4102444800000))
def test_epoch_ms_round_trip(ms: int) -> None:
    assert to_epoch_ms(from_epoch_ms(ms)) == ms


values = st.integers(-4000, 9000).map(lambda n: n / 100) | st.none()


@given(values, values, values, values, st.integers(0, 2**31 - 1), st.integers(946684800, 4102444800))
def test_a_line_decodes_to_what_was_encoded(
    temperature: float | None,
    humidity: float | None,
    ph: float | None,
    moisture: float | None,
    seq: int,
    t: int,
) -> None:
    reading = normalised(
        Reading(
            id="b1",
            boot=1,
            seq=seq,
            date=datetime.fromtimestamp(t, UTC),
            coord=Coord(lon=139.5, lat=-35.25),
            main=Main(temperature, humidity, ph, moisture),
        )
    )
    assert decode_line(encode_line(reading)[:-2]) == reading


@pytest.mark.parametrize(("text", "seconds"), [("10s", 10), ("250ms", 0.25), ("1.5h", 5400), ("7", 7)])
def test_duration(text: str, seconds: float) -> None:
    assert duration(text) == seconds


def test_a_wrong_duration_is_one_sentence() -> None:
    with pytest.raises(SettingsError, match="'soon' is not a duration"):
        duration("soon")


def test_board_of() -> None:
    assert board_of(ack_topic("7")) == "7"
    assert board_of("other/7/ack") == ""


def test_irrigate_below_is_half_way_for_loam() -> None:
    assert irrigate_below(TEXTURES["loam"]) == pytest.approx(23.0)


class Demo(msgspec.Struct, forbid_unknown_fields=True):
    port: int


def test_settings_name_file_and_setting(tmp_path: Path) -> None:
    path = tmp_path / "demo.toml"
    path.write_text('port = "x"')
    with pytest.raises(SettingsError, match=r"demo.toml: Expected `int`, got `str` - at `port`"):
        load_settings(path, Demo)
    path.write_text("port =")
    with pytest.raises(SettingsError, match="is not TOML"):
        load_settings(path, Demo)
    with pytest.raises(SettingsError, match="No such file"):
        load_settings(tmp_path / "none.toml", Demo)


def test_a_secret_is_masked_and_must_be_private(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("hush\n")
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        read_secret(path)
    path.chmod(0o600)
    assert read_secret(path) == "hush"
    assert "hush" not in repr(read_secret(path))
    assert isinstance(read_secret(path), Secret)
