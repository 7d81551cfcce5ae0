"""What we write is what tomllib reads."""

import tomllib
from pathlib import Path

from compose.local.toml import toml, write_toml


def test_round_trip(tmp_path: Path) -> None:
    settings = {
        "name": 'a "quoted" \\ path\nand ünïcode',
        "ports": [1, 2],
        "share": 0.5,
        "on": True,
        "absent": None,
        "kafka": {"bootstrap": "127.0.0.1:9092", "deep": {"er": [["x"], []]}},
        "serial": [{"ports": ["/dev/ttyACM*"], "baud": 115200}, {"ports": []}],
        "empty": [],
    }
    wanted = {key: value for key, value in settings.items() if value is not None}
    assert tomllib.loads(toml(settings)) == wanted
    path = write_toml(tmp_path / "etc" / "x.toml", {"path": tmp_path})
    assert tomllib.loads(path.read_text()) == {"path": str(tmp_path)}
