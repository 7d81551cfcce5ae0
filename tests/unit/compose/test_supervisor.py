"""The supervisor with real, tiny child processes."""

import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import psutil
import pytest

from compose.local.backoff import Backoff
from compose.local.component import Command, Component
from compose.local.keeper import Keeper
from compose.local.processes import ProcessId, alive, identify, stop_family
from compose.local.state import State, read_state
from compose.local.supervisor import Supervisor
from telemetry.clock import utc_now
from telemetry.errors import FarmstreamError

SLEEPER = "import time; time.sleep(60)"


def component(home: Path, name: str, code: str = SLEEPER, **more: object) -> Component:
    given: dict[str, object] = {"ready": lambda: True, "stop_grace": 5.0, **more}
    return Component(
        name=name,
        log=home / "logs" / f"{name}.log",
        prepare=lambda: Command((sys.executable, "-c", code)),
        **given,  # type: ignore[arg-type]
    )


def supervisor(home: Path, *parts: Component) -> Supervisor:
    me = identify(psutil.Process().pid)
    assert me
    order = [[part.name] for part in reversed(parts)]
    return Supervisor(
        parts, order, State(at=utc_now(), started=utc_now(), supervisor=me), home / "state.json"
    )


def until(true: Callable[[], bool]) -> None:
    deadline = monotonic() + 20
    while not true():
        assert monotonic() < deadline, "it did not come about"
        sleep(0.02)


def test_starts_by_needs_and_stops_in_order(tmp_path: Path) -> None:
    log: list[str] = []
    first = component(tmp_path, "first", settle=lambda: log.append("first is ready"))
    second = component(tmp_path, "second", needs=("first",), settle=lambda: log.append("second is ready"))
    with supervisor(tmp_path, first, second) as all_of_it:
        until(lambda: all_of_it.ready)
        assert log == ["first is ready", "second is ready"]
        all_of_it.tell()
        state = read_state(tmp_path / "state.json")
        assert state
        assert state.phase == "running"
        pids = [part.pid for part in state.components.values()]
        assert all(pid and psutil.pid_exists(pid) for pid in pids)
        assert not any(seen_together(all_of_it))
    state = read_state(tmp_path / "state.json")
    assert state
    assert state.phase == "stopped"
    assert {part.state for part in state.components.values()} == {"stopped"}
    assert not any(psutil.pid_exists(pid) for pid in pids if pid)


def seen_together(all_of_it: Supervisor) -> list[bool]:
    """While stopping: was `first` ever told to stop with `second` still there?"""
    wrong: list[bool] = []
    first, second = (all_of_it.state.components[name] for name in ("first", "second"))
    all_of_it.stop(lambda: wrong.append(first.state == "stopping" and second.state != "stopped"))
    return wrong


def test_a_killed_child_is_started_again_and_counted(tmp_path: Path) -> None:
    with supervisor(tmp_path, component(tmp_path, "one")) as all_of_it:
        until(lambda: all_of_it.ready)
        part = all_of_it.state.components["one"]
        before = part.pid
        assert before
        psutil.Process(before).kill()
        until(lambda: part.restarts == 1)
        assert part.state == "restarting"
        assert part.note == "ended by SIGKILL"
        assert part.pause_s == 1.0
        until(lambda: all_of_it.ready)
        assert part.pid not in (None, before)
        assert part.state == "running"


def test_what_keeps_dying_is_failing_with_its_last_line(tmp_path: Path) -> None:
    part = component(tmp_path, "bad", "print('no such disk'); raise SystemExit(3)", ready=lambda: False)
    keeper = Keeper(part, {})
    keeper._backoff.first = 0.01
    life = Thread(target=keeper.run)
    life.start()
    until(lambda: keeper.state.state == "failing")
    assert keeper.state.note == "no such disk"
    assert keeper.state.restarts >= 3
    keeper.stop.set()
    life.join(20)
    assert keeper.state.state == "stopped"


def test_a_settle_that_fails_counts_as_a_death(tmp_path: Path) -> None:
    def settle() -> None:
        raise FarmstreamError("The tables cannot be made.")

    with supervisor(tmp_path, component(tmp_path, "one", settle=settle)) as all_of_it:
        part = all_of_it.state.components["one"]
        until(lambda: part.restarts == 1)
        assert part.note == "The tables cannot be made."


def test_a_disk_that_is_full_stops_nothing_that_runs(tmp_path: Path) -> None:
    with supervisor(tmp_path, component(tmp_path, "one")) as all_of_it:
        until(lambda: all_of_it.ready)
        draft = tmp_path / "state.new"
        draft.unlink(missing_ok=True)
        draft.mkdir()  # a file that cannot be written, for root too
        all_of_it.tell()
        assert all_of_it.state.error == f"Cannot write {tmp_path / 'state.json'}: Is a directory."
        draft.rmdir()
        all_of_it.tell()
        assert not all_of_it.state.error


def test_a_fault_of_ours_in_a_keeper_is_not_swallowed(tmp_path: Path) -> None:
    def settle() -> None:
        raise ZeroDivisionError

    all_of_it = supervisor(tmp_path, component(tmp_path, "one", settle=settle))
    with pytest.raises(ZeroDivisionError), all_of_it:
        until(lambda: all_of_it.state.components["one"].state == "stopped")
        all_of_it.check()


def test_a_child_that_ignores_the_request_is_killed_with_its_children(tmp_path: Path) -> None:
    code = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"subprocess.Popen([sys.executable, '-c', {SLEEPER!r}]); print('up', flush=True); time.sleep(60)"
    )
    part = component(tmp_path, "stubborn", code, stop_grace=0.2)
    with supervisor(tmp_path, part) as all_of_it:
        until(lambda: part.log.exists() and b"up" in part.log.read_bytes())
        all_of_it.measure()
        members = all_of_it.state.components["stubborn"].processes
        assert len(members) == 2
        assert all_of_it.state.components["stubborn"].rss_mib > 1
    assert not any(alive(who) for who in members)


def test_a_reused_pid_is_not_ours() -> None:
    me = identify(psutil.Process().pid)
    assert me
    assert alive(me)
    stranger = ProcessId(me.pid, me.created - 3600)
    assert not alive(stranger)
    stop_family([stranger], grace=0.1)  # would end this very test


def test_back_off_doubles_is_capped_and_forgives() -> None:
    rest = Backoff(first=1, cap=30, healthy=60)
    assert [rest.died(0.5) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert rest.failing
    assert rest.died(61) == 1
    assert not rest.failing
