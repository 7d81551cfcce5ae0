from pathlib import Path

import pytest

from edge_gateway.settings import GatewaySettings
from telemetry.errors import SettingsError
from telemetry.settings import load_settings

SMALLEST = '[spool]\npath = "s.db"\n[mqtt]\n'


def load(folder: Path, text: str) -> GatewaySettings:
    path = folder / "gateway.toml"
    path.write_text(text)
    return load_settings(path, GatewaySettings)


def test_the_smallest_file_has_the_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path, SMALLEST)
    assert settings.mqtt is not None
    assert settings.mqtt.topics == ("farm/+/reading",)
    assert (settings.forward.host, settings.forward.port, settings.http.port) == ("127.0.0.1", 24224, 8470)
    assert (settings.max_ahead, settings.late_after, settings.legacy_time_zone) == ("10m", "60s", "UTC")


def test_several_serial_tables(tmp_path: Path) -> None:
    tables = '[[serial]]\nports = ["/dev/ttyACM*"]\n[[serial]]\nports = ["x"]\nbaud = 9600\n'
    text = '[spool]\npath = "s.db"\n' + tables
    assert [table.baud for table in load(tmp_path, text).serial] == [115200, 9600]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SMALLEST + "hots = 1\n", "unknown field `hots`.*mqtt"),
        (SMALLEST + 'keepalive = "soon"\n', "keepalive: 'soon' is not a duration.*mqtt"),
        ('late_after = "x"\n' + SMALLEST, "late_after: 'x' is not a duration"),
        (SMALLEST + "port = 70000\n", "<= 65535.*mqtt.port"),
        ('[spool]\npath = "s.db"\n', r"no source: add a \[mqtt\]"),
        ("[mqtt]\n", "missing required field `spool`"),
        (SMALLEST + "[[serial]]\nports = []\n", "serial"),
        ('name = "a b"\n' + SMALLEST, "name"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        load(tmp_path, text)
    assert "gateway.toml" in str(caught.value)
