"""What a start needs: a folder, ports, memory, disk; each lack of it is one sentence that says what to do."""

import socket
from collections.abc import Iterator
from json import loads
from pathlib import Path

import pytest

from compose.local.claims import Claims
from compose.local.home import Home
from compose.local.options import Options
from compose.local.ports import LOOPBACK, PREFERRED, PortInUse, check_free, choose_ports, is_free
from compose.local.resources import DASHBOARDS_GIB, DISK_GIB, MEMORY_GIB, check_room
from telemetry.errors import FarmstreamError, SettingsError

GIB = 2**30


@pytest.fixture
def listener() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.socket() as server:
        server.bind((LOOPBACK, 0))
        server.listen()
        yield server.getsockname()[1]


def test_enough_is_enough(tmp_path: Path) -> None:
    check_room(tmp_path, memory=MEMORY_GIB * GIB, disk=DISK_GIB * GIB)


def test_too_little_memory(tmp_path: Path) -> None:
    with pytest.raises(FarmstreamError, match=r"needs 3\.5 GiB of memory and 0\.5 GiB are free: end other"):
        check_room(tmp_path, memory=GIB / 2, disk=100 * GIB)


def test_dashboards_take_more_and_can_be_left_out(tmp_path: Path) -> None:
    check_room(tmp_path, memory=(MEMORY_GIB + DASHBOARDS_GIB) * GIB, disk=DISK_GIB * GIB, dashboards=True)
    with pytest.raises(
        FarmstreamError, match=r"needs 4\.0 GiB .* or leave out 0\.5 GiB with --no-dashboards"
    ):
        check_room(tmp_path, memory=MEMORY_GIB * GIB, disk=DISK_GIB * GIB, dashboards=True)


def test_too_little_disk(tmp_path: Path) -> None:
    with pytest.raises(FarmstreamError, match=r"needs 2 GiB of disk and 1\.0 GiB are free under .*--home"):
        check_room(tmp_path, memory=100 * GIB, disk=GIB)


def test_a_home_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "home"):
        with pytest.raises(SettingsError, match=r"cannot hold a pipeline's state \(.*\): name another one"):
            Home(folder).make()


def test_a_port_in_use_names_port_use_and_holder(tmp_path: Path, listener: int) -> None:
    says = rf"^Port {listener}, which this home uses for kafka, is in use( by .+ \(process \d+\))?: stop that"
    with pytest.raises(PortInUse, match=says):
        check_free({"kafka": listener}, tmp_path / "ports.json")


def test_ports_are_chosen_once_and_around_those_in_use(tmp_path: Path, listener: int) -> None:
    file = tmp_path / "ports.json"
    first = choose_ports(file, {"kafka": listener})
    assert first["kafka"] > listener
    assert choose_ports(file, {"kafka": listener}) == first == loads(file.read_text())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kafka": "9092"}', '{"kafka": 0}', '{"kafka": 65536}'])
def test_a_list_of_ports_that_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "ports.json"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"is not a list of ports \(.*\): correct it, or delete it"):
        choose_ports(file, PREFERRED)


def test_two_that_start_at_the_same_time_take_different_ports(tmp_path: Path) -> None:
    wanted = {"kafka": 31000, "kafka-controller": 31001}
    with Claims(tmp_path) as one, Claims(tmp_path) as other:
        mine = choose_ports(tmp_path / "a.json", wanted, lambda port: is_free(port) and one.take(port))
        yours = choose_ports(tmp_path / "b.json", wanted, lambda port: is_free(port) and other.take(port))
        assert not set(mine.values()) & set(yours.values())
        check_free(mine, tmp_path / "a.json", one.take)
        with pytest.raises(PortInUse):
            check_free(mine, tmp_path / "a.json", other.take)
    with Claims(tmp_path) as later:
        assert later.take(mine["kafka"])


@pytest.mark.parametrize(
    "wrong", [{"boards": "many"}, {"interval": "soon"}, {"faults": "lemon=0.1"}, {"faults": "spike=x"}]
)
def test_options_are_refused_before_anything_starts(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(FarmstreamError):
        Options(home=Home(tmp_path), **wrong)  # type: ignore[arg-type]
