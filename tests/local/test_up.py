"""`up`, `status`, `logs`, `down` and the commands of the README on real servers: one home, in the order here.

The README's are run as written, by the bootstrap script itself; the one that starts a pipeline in the
background starts this one.
"""

import json
import os
import shlex
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from compose.local.home import Home
from compose.local.processes import family
from tests.local.pipeline import farmstream, status, until
from tests.readme import ROOT, commands

pytestmark = pytest.mark.servers

(START,) = (command for command in commands() if command.startswith("./farmstream up --detach"))
ELSEWHERE = {START, "./farmstream test", "./farmstream test --unit", "./farmstream up"}
"""What runs this very test, and what runs for ever: the background is all the same."""
COMPONENTS = {
    "mqtt", "kafka", "cassandra", "fluentd", "gateway", "streaming", "simulator", "jupyter", "dashboards"
}  # fmt: skip
BOARDS = 24
UP = tuple(shlex.split(START)[1:])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("up") / "home")
    yield home
    farmstream(home, "down")


def as_written(home: Home, command: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of the README."""
    env = os.environ | {"FARMSTREAM_HOME": str(home.path)}
    return subprocess.run(
        shlex.split(command), cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False
    )


def stored(home: Home, sensor: str) -> list[dict[str, Any]]:
    told = farmstream(home, "readings", sensor, "--since", "1h", "--json")
    assert told.returncode == 0, told.stderr
    rows: list[dict[str, Any]] = json.loads(told.stdout)
    return rows


def one_sentence(result: "subprocess.CompletedProcess[str]") -> str:
    assert result.returncode not in (0, None)
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("farmstream: ")
    return lines[0]


def test_up_returns_when_all_runs(home: Home) -> None:
    result = as_written(home, START)
    assert result.returncode == 0, result.stderr
    assert farmstream(home, "status").returncode == 0
    told = status(home)
    assert told["components"].keys() == COMPONENTS
    for part in told["components"].values():
        assert part["state"] == "running"
        assert part["restarts"] == 0
        assert psutil.pid_exists(part["pid"])
    assert told["endpoints"].keys() == {"mqtt", "fluentd", "kafka", "cassandra", "gateway", "jupyter"}
    assert told["endpoints"]["jupyter"].startswith("http://127.0.0.1:")
    for name in ("mqtt", "fluentd", "kafka", "cassandra"):
        host, _, port = told["endpoints"][name].partition(":")
        socket.create_connection((host, int(port)), 5).close()
    assert told["keyspace"] == "farm"
    credentials = Path(told["credentials"])
    assert credentials.stat().st_mode & 0o777 == 0o600
    assert set(json.loads(credentials.read_text())["mqtt"]) == {"user", "password"}
    listening = {c.laddr.ip for part in told["components"].values() for c in sockets(part["pid"])}
    assert listening <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


def sockets(pid: int) -> list[Any]:
    """Listening sockets of a component and its children."""
    found = []
    for who in family(pid):
        with suppress(psutil.NoSuchProcess):  # Spark's workers come and go
            found += psutil.Process(who.pid).net_connections("inet")
    return [connection for connection in found if connection.status == psutil.CONN_LISTEN]


def test_readings_arrive_over_mqtt_and_serial(home: Home) -> None:
    sensors = [row["sensor_id"] for row in json.loads(farmstream(home, "sensors", "list", "--json").stdout)]
    assert len(sensors) == BOARDS
    for sensor in sensors[:2]:  # every other board is on a serial port
        assert until(lambda sensor=sensor: stored(home, sensor))[0]["field_id"]
    assert len(list(home.serial.iterdir())) == BOARDS // 2
    totals = until(lambda: (now := status(home))["totals"].get("stored") and now)["totals"]
    assert totals["sent"] >= totals["stored"] > 0


def test_a_second_up_is_refused_in_one_sentence(home: Home) -> None:
    assert "runs already" in one_sentence(farmstream(home, *UP))
    assert "runs already" in one_sentence(farmstream(home, "up"))
    assert farmstream(home, "status").returncode == 0


def test_a_killed_gateway_is_started_again(home: Home) -> None:
    before = status(home)["components"]["gateway"]["pid"]
    psutil.Process(before).kill()
    until(lambda: status(home)["components"]["gateway"]["restarts"] == 1)
    part = until(lambda: (p := status(home)["components"]["gateway"])["state"] == "running" and p)
    assert part["pid"] != before


def test_logs(home: Home) -> None:
    assert "gateway-1 is up" in farmstream(home, "logs", "gateway").stdout
    assert len(farmstream(home, "logs", "kafka", "-n", "3").stdout.splitlines()) == 3
    assert "there are: cassandra" in one_sentence(farmstream(home, "logs", "../state"))


@pytest.mark.parametrize("command", [command for command in commands() if command not in ELSEWHERE])
def test_the_readmes_commands_run_as_written(home: Home, command: str) -> None:
    told = as_written(home, command)
    assert told.returncode == 0, told.stdout + told.stderr
    if command.startswith("./farmstream readings"):
        assert json.loads(as_written(home, f"{command} --json").stdout)


def test_down_stops_everything_and_says_so(home: Home) -> None:
    pids = [part["pid"] for part in status(home)["components"].values()]
    result = farmstream(home, "down")
    assert result.returncode == 0, result.stderr
    assert "Everything has stopped." in result.stdout
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert farmstream(home, "status").returncode == 3
    assert status(home)["endpoints"]["kafka"] is None
    again = farmstream(home, "down")
    assert again.returncode == 0
    assert "Nothing runs" in again.stdout


def test_a_port_in_use_is_one_sentence(home: Home) -> None:
    port = json.loads(home.ports.read_text())["kafka"]
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        for words in (UP, ("up",)):
            assert f"Port {port}, which this home uses for kafka" in one_sentence(farmstream(home, *words))
