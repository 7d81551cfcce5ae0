"""Boards with real firmware in `up`: what they need, and how they are started."""

from pathlib import Path

import pytest

from compose.local.components.chips import check_chips, chips, site
from compose.local.credentials import make_credentials
from compose.local.home import Home
from compose.local.java import Java
from compose.local.lifecycle import STOP_ORDER
from compose.local.options import Options
from compose.local.stack import Stack
from firmware.arduino.build import ToolMissing


def stack(folder: Path, boards: str) -> Stack:
    home = Home(folder / "home").make()
    return Stack(
        options=Options(home=home, boards=boards, interval="2s"),
        ports={"mqtt": 1883},
        credentials=make_credentials(home.credentials),
        java=Java(Path("/nowhere")),
        jars={},
    )


def test_only_the_kinds_that_are_wanted_run(tmp_path: Path) -> None:
    assert [c.name for c in chips(stack(tmp_path, "avr:2,micropython:1"))] == ["avr", "micropython"]
    assert [c.name for c in chips(stack(tmp_path, "micropython:1,3"))] == ["micropython"]
    assert chips(stack(tmp_path, "12")) == []


def test_they_stop_before_the_gateway_which_takes_over_their_readings(tmp_path: Path) -> None:
    order = [name for group in STOP_ORDER for name in group]
    for component in chips(stack(tmp_path, "avr:1,micropython:1")):
        assert order.index(component.name) < order.index("gateway")


def test_the_master_has_each_of_them_in_the_home_field(tmp_path: Path) -> None:
    farm = site(stack(tmp_path, "avr:2,micropython:1"))
    sensors, (field,) = farm.sensors(), farm.fields()
    assert [s.sensor_id for s in sensors] == ["avr-1", "avr-2", "micropython-1"]
    lons, lats = ([getattr(at, axis) for at in field.outline] for axis in ("lon", "lat"))
    for sensor in sensors:
        assert sensor.field_id == field.field_id
        assert sensor.lon is not None and sensor.lat is not None
        assert min(lons) < sensor.lon < max(lons)
        assert min(lats) < sensor.lat < max(lats)


def test_the_password_is_in_a_file_and_not_among_the_arguments(tmp_path: Path) -> None:
    wanted = stack(tmp_path, "micropython:1")
    (component,) = chips(wanted)
    argv = component.prepare().argv
    secret = wanted.credentials["mqtt"].password
    assert not any(secret in word for word in argv)
    assert secret in Path(argv[argv.index("--password-file") + 1]).read_text()


def test_a_missing_compiler_is_one_sentence_that_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("compose.local.components.chips.simulator_program", lambda: tmp_path)
    with pytest.raises(
        ToolMissing, match=r"^`make` is missing: install make \(Debian: apt install make\)\.$"
    ):
        check_chips(stack(tmp_path, "avr:1"))


def test_without_such_boards_no_tool_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    check_chips(stack(tmp_path, "12"))
