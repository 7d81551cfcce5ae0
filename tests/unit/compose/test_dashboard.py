"""`farmstream dashboard`: where the pages are, and a browser that is not told the token."""

import webbrowser
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from compose.local.credentials import make_credentials
from compose.local.dashboard import open_in_browser, urls
from compose.local.home import Home
from compose.local.notebook_files import put_notebooks
from compose.local.processes import this_process
from compose.local.state import ComponentState, State, write_state
from notebooks import PAGES, SHIPPED
from telemetry.clock import utc_now
from telemetry.errors import FarmstreamError
from tests.unit.compose.command_line import Farmstream, sentence


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home").make()
    make_credentials(home.credentials)
    return home


def running(home: Home, **states: str) -> None:
    ports = {"jupyter": 8888, "dashboards": 8866, "kafka": 9092}
    parts = {name: ComponentState(state=state, port=ports[name]) for name, state in states.items()}
    now = utc_now()
    state = State(phase="running", at=now, started=now, supervisor=this_process(), components=parts)
    write_state(home.state, state)


def test_each_page_has_an_address(home: Home) -> None:
    running(home, kafka="running", jupyter="running", dashboards="running")
    found = urls(home.path)
    assert found.keys() == {*PAGES, "lab"}
    assert found["live"].startswith("http://127.0.0.1:8866/voila/render/live.ipynb?token=")
    assert found["lab"].startswith("http://127.0.0.1:8888/lab?token=")


def test_what_is_wrong_is_one_sentence(home: Home, farmstream: Farmstream) -> None:
    assert "start it with `farmstream up`" in sentence(farmstream("dashboard", "--home", str(home.path)))
    running(home, kafka="running")
    with pytest.raises(FarmstreamError, match="without dashboards"):
        urls(home.path)
    running(home, jupyter="starting", dashboards="running")
    with pytest.raises(FarmstreamError, match="jupyter is starting"):
        urls(home.path)


@pytest.mark.parametrize(("there", "says"), [(True, "Opened live"), (False, "No browser")])
def test_a_browser_is_started_with_the_name_of_a_private_file(
    home: Home, monkeypatch: pytest.MonkeyPatch, there: bool, says: str
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: asked.append(url) or there)
    told = open_in_browser(home.path, "live", "http://127.0.0.1:1/x?a=1&token=secret")
    assert says in told
    assert "secret" not in told + asked[0]
    file = Path(asked[0].removeprefix("file://"))
    assert "token=secret" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_notebooks_are_copies_closed_to_writing(tmp_path: Path) -> None:
    (tmp_path / "mine.ipynb").write_text("{}")
    for _ in range(2):
        put_notebooks(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"mine.ipynb", *(path.name for path in SHIPPED)}
    assert (tmp_path / "live.ipynb").stat().st_mode & 0o222 == 0


def test_both_servers_may_lay_them_out_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(put_notebooks, tmp_path) for _ in range(40)]:
            done.result()
    assert {path.name for path in tmp_path.iterdir()} == {source.name for source in SHIPPED}
