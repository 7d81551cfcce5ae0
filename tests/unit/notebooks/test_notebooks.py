"""The notebooks as they are committed, and pages whose servers are away."""

import json
import socket
from pathlib import Path

import msgspec
import nbformat
import pytest
from ipywidgets import Widget

import notebooks.history.page
import notebooks.live.page
from notebooks import PAGES, SHIPPED
from notebooks.pipeline import Pipeline
from telemetry.clock import utc_now
from tests.pages import WIDGETS, notices


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_is_committed_without_outputs(path: Path) -> None:
    notebook = nbformat.reads(path.read_text(), as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert cell.cell_type != "code" or (cell.outputs == [] and cell.execution_count is None)


def test_pages_are_notebooks_that_are_shipped() -> None:
    assert set(PAGES.values()) <= set(SHIPPED)


def texts(widget: object) -> str:
    """All that is said on a page, as HTML."""
    inside = "".join(map(texts, getattr(widget, "children", ())))
    return str(getattr(widget, "value", "")) + inside


@pytest.fixture
def nobody(tmp_path: Path) -> Pipeline:
    """A pipeline whose Cassandra does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    state = {"phase": "running", "at": utc_now(), "endpoints": {"cassandra": f"127.0.0.1:{port}"}}
    (tmp_path / "state.json").write_bytes(msgspec.json.encode(state))
    return Pipeline(tmp_path)


@pytest.mark.parametrize("page", [notebooks.live.page.Page, notebooks.history.page.Page])
def test_says_in_a_sentence_what_is_wrong(
    page: "type[notebooks.live.page.Page | notebooks.history.page.Page]", nobody: Pipeline, tmp_path: Path
) -> None:
    away = page(nobody)
    away.start()
    assert "No Cassandra answers at 127.0.0.1" in texts(away.widget)
    executed = {"metadata": {"widgets": {WIDGETS: Widget.get_manager_state()}}}
    assert any("No Cassandra answers at 127.0.0.1" in said for said in notices(executed))
    state = json.loads((tmp_path / "state.json").read_text())
    (tmp_path / "state.json").write_text(json.dumps(state | {"phase": "stopped"}))
    stopped = page(nobody)
    stopped.start()
    assert "start it with `farmstream up`" in texts(stopped.widget)
