"""What `status` and `down` make of a state file, whether its processes live or not."""

import subprocess
import sys
from io import StringIO
from json import loads
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from compose.local.lifecycle import locked, state_of, state_path, stop_leftovers, take_down
from compose.local.processes import ProcessId, alive, identify
from compose.local.state import ComponentState, State, read_state, write_state
from compose.local.status import NOT_ALL_RUNS, report, run_status
from telemetry.clock import utc_now
from telemetry.errors import FarmstreamError

GONE = ProcessId(2**22 + 1, 1.0)


def me() -> ProcessId:
    found = identify(psutil.Process().pid)
    assert found
    return found


def saved(home: Path, supervisor: ProcessId, **parts: ComponentState) -> State:
    state = State(
        phase="running",
        at=utc_now(),
        started=utc_now(),
        supervisor=supervisor,
        components=parts,
        endpoints={"mqtt": "127.0.0.1:1883", "kafka": "127.0.0.1:9092"},
        totals={"sent": 7.0},
    )
    write_state(state_path(home), state)
    return state


def shown(home: Path, as_json: bool) -> tuple[int, str]:
    out = StringIO()
    code = run_status(home, as_json=as_json, console=Console(file=out, width=80))
    return code, out.getvalue()


def test_the_state_survives_the_file(tmp_path: Path) -> None:
    state = saved(tmp_path, me(), gateway=ComponentState(state="running", pid=5, processes=(me(),)))
    assert read_state(state_path(tmp_path)) == state


@pytest.mark.parametrize("text", ["", "{", "[]", '{"phase": 3}'])
def test_a_state_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    state_path(tmp_path).write_text(text)
    assert read_state(state_path(tmp_path)) is None


def test_json_when_all_runs(tmp_path: Path) -> None:
    saved(tmp_path, me(), gateway=ComponentState(state="running", pid=5, rss_mib=40.5, port=8470))
    code, text = shown(tmp_path, as_json=True)
    told = loads(text)
    assert code == 0
    assert told["components"]["gateway"] == {
        "state": "running", "pid": 5, "rss_mib": 40.5, "restarts": 0, "port": 8470, "note": "",
    }  # fmt: skip
    assert told["endpoints"] == {
        "mqtt": "127.0.0.1:1883", "fluentd": None, "kafka": "127.0.0.1:9092",
        "cassandra": None, "gateway": None, "jupyter": None,
    }  # fmt: skip
    assert told["keyspace"] == "farm"
    assert told["credentials"] == str(tmp_path / "credentials.json")
    assert told["totals"] == {"sent": 7.0}


def test_exit_code_when_one_is_being_restarted(tmp_path: Path) -> None:
    saved(tmp_path, me(), gateway=ComponentState(state="restarting", note="killed"))
    assert shown(tmp_path, as_json=False)[0] == NOT_ALL_RUNS


def test_nothing_ever_ran(tmp_path: Path) -> None:
    code, text = shown(tmp_path, as_json=False)
    assert code == NOT_ALL_RUNS
    assert "farmstream up" in text
    assert report(None, tmp_path)["components"] == {}


def test_a_state_from_before_a_reboot_is_recognised(tmp_path: Path) -> None:
    reused = ProcessId(me().pid, me().created - 86400)
    saved(tmp_path, reused, gateway=ComponentState(state="running", pid=reused.pid, processes=(reused,)))
    state = state_of(tmp_path)
    assert state
    assert state.phase == "stopped"
    assert state.components["gateway"].state == "stopped"
    assert not stop_leftovers(tmp_path, print)


def test_leftovers_of_a_killed_supervisor_are_stopped_and_nothing_else(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    who = identify(child.pid)
    assert who
    saved(
        tmp_path,
        GONE,
        kafka=ComponentState(state="running", pid=who.pid, processes=(who,)),
        mqtt=ComponentState(state="running", pid=GONE.pid, processes=(GONE,)),
    )
    said: list[str] = []
    take_down(tmp_path, said.append)
    child.wait(10)
    assert not alive(who)
    assert said == ["Stopping kafka, left over from a run that was cut off.", "Everything has stopped."]
    take_down(tmp_path, said.append)
    assert said[-1] == f"Nothing runs under {tmp_path}."


def test_a_second_supervisor_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with (
        locked(tmp_path),
        pytest.raises(FarmstreamError, match=r"^The pipeline under .* runs already: [^\n]*$"),
        locked(tmp_path),
    ):
        pass
    with locked(tmp_path):
        pass
