"""The screen, drawn into text."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from compose.local.panels import span
from compose.local.picture import draw_svg
from compose.local.processes import ProcessId
from compose.local.screen import Screen, plain_line
from compose.local.state import AlertLine, ComponentState, State
from compose.local.views import plain, view_for

AT = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
NAMES = ("mqtt", "kafka", "cassandra", "fluentd", "gateway", "streaming", "simulator")


def a_state() -> State:
    parts = {
        name: ComponentState(
            state="running",
            pid=4000 + index,
            port=9000 + index,
            rss_mib=100,
            since=AT - timedelta(seconds=65),
        )
        for index, name in enumerate(NAMES)
    }
    alerts = tuple(
        AlertLine(
            opened=AT,
            local="11-24 21:00 JST",
            rule="dry",
            state="open",
            about=f"field-{n}",
            value=9.5,
            threshold=23,
        )
        for n in range(40)
    )
    return State(
        phase="running",
        at=AT,
        started=AT - timedelta(hours=2, minutes=7),
        supervisor=ProcessId(1, 1.0),
        options={"boards": "simulated:12"},
        components=parts,
        alerts=alerts,
        rates={"sent": 3210.0, "stored": 3100.5},
        totals={"sent": 123456, "stored": 123000, "spooled": 17, "behind": 0, "rejected": 3, "delivered": 1},
    )


def drawn(state: State, width: int = 80, height: int = 24, hint: str = "Ctrl-C stops.") -> list[str]:
    console = Console(file=StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(Screen(state, hint))
    return captured.get().splitlines()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60)])
def test_fills_the_terminal_and_no_more(width: int, height: int) -> None:
    lines = drawn(a_state(), width, height)
    assert len(lines) == height
    assert max(len(line) for line in lines) <= width
    assert lines[-1].startswith("Ctrl-C stops.")


def test_shows_components_flow_refused_and_alerts() -> None:
    text = "\n".join(drawn(a_state()))
    assert "Farmstream running for 2h07m" in text
    assert "memory 700 MiB" in text
    for name, part in a_state().components.items():
        assert f"{name} " in text
        assert str(part.pid) in text
        assert str(part.port) in text
    assert "3,210.0" in text
    assert "123,456" in text
    assert "17 in the spool" in text
    assert "rejected 3" in text
    assert "11-24 21:00 JST open      field-0      dry 9.5, threshold 23.0" in text


def test_a_component_that_dies_is_seen_with_its_reason_and_the_screen_keeps_its_size() -> None:
    state = a_state()
    gateway = state.components["gateway"]
    gateway.state, gateway.restarts, gateway.pause_s = "failing", 5, 8.0
    gateway.since = AT - timedelta(seconds=3)
    gateway.note = "Cannot open the spool: the disk is full. " * 5
    lines = drawn(state)
    assert len(lines) == 24
    assert any(line.startswith("gateway starts again in 5 s: Cannot open the spool") for line in lines)
    assert any("failing" in line and " 5 " in line for line in lines)


def test_why_a_component_was_restarted_stays_beside_it() -> None:
    state = a_state()
    kafka = state.components["kafka"]
    kafka.restarts, kafka.note = 1, "ended by SIGKILL"
    assert any(line.startswith("kafka") and "ended by SIGKILL" in line for line in drawn(state))


@pytest.mark.parametrize(("width", "height"), [(80, 16), (60, 12), (40, 12)])
def test_a_short_terminal_has_the_flow_in_one_line(width: int, height: int) -> None:
    lines = drawn(a_state(), width, height)
    assert len(lines) <= height
    assert max(len(line) for line in lines) <= width
    assert lines[-1].startswith("Ctrl-C stops.")
    assert lines[-2].startswith("sent 3,210.0/s, stored 3,100.5/s")


@pytest.mark.parametrize("boards", ["avr:2,micropython:2,simulated:8", "0"])
def test_of_boards_that_count_nothing_the_gateway_tells_what_came(boards: str) -> None:
    state = a_state()
    state.options = {"boards": boards}
    del state.totals["sent"]
    state.totals["received"], state.rates["received"] = 4321, 12.5
    text = "\n".join(drawn(state))
    assert text.startswith("Farmstream running for 2h07m ")
    assert "memory 700 MiB" in text
    assert re.search(r"gateway received +12\.5 +4,321", text)
    assert "boards sent" not in text
    assert drawn(state, 80, 16)[-2].startswith("received 12.5/s, stored")
    assert "gateway received 12/s" in plain_line(state)


def test_an_error_of_the_supervisor_itself_is_shown() -> None:
    state = a_state()
    state.error = "Cannot write state.json: No space left on device."
    assert any(line.startswith("Cannot write state.json") for line in drawn(state))


def test_before_anything_flows() -> None:
    state = State(at=AT, started=AT, supervisor=ProcessId(1, 1.0), components={"mqtt": ComponentState()})
    text = "\n".join(drawn(state))
    assert "starting for 0s" in text
    assert "waiting" in text
    assert "none" in text


def test_spans() -> None:
    assert [span(s) for s in (0, 42, 185, 7620, 97200)] == ["0s", "42s", "3m05s", "2h07m", "1d03h"]


def test_without_a_terminal_there_are_plain_lines() -> None:
    out = StringIO()
    console, state = Console(file=out, width=80), a_state()
    with view_for(console) as view:
        view(state)
        view(state)
    assert out.getvalue().count("gateway: running") == 1
    assert "\x1b" not in out.getvalue()
    assert "stored 3100/s" in out.getvalue()
    assert "123000 stored" in plain_line(state)


def test_plain_lines_tell_changes_once() -> None:
    out = StringIO()
    state = a_state()
    with plain(Console(file=out, width=200), every=1e9) as view:
        view(state)
        kafka = state.components["kafka"]
        kafka.state, kafka.note, kafka.pause_s = "restarting", "killed", 2.0
        view(state)
        view(state)
        kafka.state = "running"
        view(state)
    assert out.getvalue().count("kafka: restarting in 2 s: killed") == 1
    assert out.getvalue().endswith("kafka: running\n")


def test_the_picture_of_the_screen_stands_alone(tmp_path: Path) -> None:
    draw_svg(a_state(), tmp_path / "up.svg")
    text = (tmp_path / "up.svg").read_text()
    assert "svg" in ElementTree.fromstring(text).tag
    assert "cassandra" in text
    assert set(re.findall(r"https?://[\w.]+", text)) <= {"http://www.w3.org", "https://www.textualize.io"}


def test_a_terminal_that_goes_away_is_no_error() -> None:
    class Terminal(StringIO):
        gone = False

        def write(self, text: str) -> int:
            if self.gone:
                raise OSError(5, "Input/output error")
            return super().write(text)

    out = Terminal()
    with view_for(Console(file=out, width=80, height=24, force_terminal=True)) as view:
        view(a_state())
        assert "cassandra" in out.getvalue()
        out.gone = True
        view(a_state())
