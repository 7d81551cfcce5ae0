"""The pipeline of the end-to-end tests: short windows, no boards of its own, parts that can be killed.

It runs the queries whose tables are compared with the manifest; the others have tests of their own.
"""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from compose.local.access import tables_of
from compose.local.home import Home
from compose.local.processes import family
from compose.local.state import State, read_state
from storage.settings import Cassandra
from tests.local.pipeline import farmstream, until

__all__ = ["Pipeline", "pipeline"]

SETTINGS = """
[mqtt]
broker = "{broker}"

[streaming]
queries = ["join", "readings", "windows", "alert-book", "rejected"]
window = "30s"
slide = "10s"
watermark = "5m"
master_refresh = "1s"

[streaming.triggers]
windows = "2s"
rejected = "2s"
"""
UP = ("up", "--detach", "--boards", "0", "--no-dashboards")


@dataclass
class Pipeline:
    """A running pipeline; `folder` holds its home and what tests put beside it, `fleets` are their boards."""

    folder: Path
    home: Home
    fleets: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @cached_property
    def tables(self) -> Cassandra:
        """Where its tables are."""
        return tables_of(self.home.path, None, "farm")

    @cached_property
    def bootstrap(self) -> str:
        """Its Kafka."""
        return str(self.state.endpoints["kafka"])

    @property
    def state(self) -> State:
        """What its supervisor tells."""
        state = read_state(self.home.state)
        assert state
        return state

    def up(self) -> None:
        """Start it, or start it again."""
        result = farmstream(self.home, *UP)
        assert result.returncode == 0, result.stderr

    def down(self) -> None:
        """Stop it in order."""
        result = farmstream(self.home, "down")
        assert result.returncode == 0, result.stderr

    def kill_and_wait(self, name: str) -> None:
        """`kill -9` of a component with all of its children; return when the supervisor has it back."""
        before = self.state.components[name]
        assert before.state == "running" and before.pid
        for who in family(before.pid):
            os.kill(who.pid, signal.SIGKILL)

        def is_back() -> bool:
            part = self.state.components[name]
            return part.restarts > before.restarts and part.state == "running"

        until(is_back, what=f"the restart of {name}")

    def kill_all_but(self, spared: str) -> None:
        """`kill -9` of the supervisor and all that it runs, but for one component, for `up` to find."""
        state = self.state
        everyone = [state.supervisor]
        for name, part in state.components.items():
            everyone += family(part.pid) if part.pid and name != spared else ()
        for who in everyone:
            os.kill(who.pid, signal.SIGKILL)

    def dropped(self) -> int:
        """Rows that query `windows` has dropped behind the watermark since the application started."""
        queries = json.loads((self.home.run / "streaming.json").read_text())["queries"]
        return int(queries.get("windows", {}).get("dropped", 0))


@contextmanager
def pipeline(folder: Path, broker: str) -> Iterator[Pipeline]:
    """A pipeline with short windows and this broker."""
    home = Home(folder / "home").make()
    home.settings.write_text(SETTINGS.format(broker=broker))
    made = Pipeline(folder, home)
    try:
        made.up()
        yield made
    finally:
        for fleet in made.fleets:
            fleet.kill()  # after a failed test it would go on for ever
            fleet.wait()
        farmstream(home, "down")
