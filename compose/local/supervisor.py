"""Runs all components of one home: starts them as their needs allow, stops them in order, tells."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event
from types import TracebackType

from compose.local.component import Component
from compose.local.keeper import Keeper
from compose.local.processes import family, memory_mib
from compose.local.state import State, write_state
from telemetry.clock import utc_now

__all__ = ["Supervisor"]

Observe = Callable[[State], None]
"""Fills in what only the pipeline itself knows: rates, totals, alerts."""


class Supervisor:
    """A context manager: components run inside of it, and are stopped, in order, at its end.

    `stop_order` names groups of components: a group is stopped when the one before it is gone.
    """

    def __init__(
        self,
        components: Sequence[Component],
        stop_order: Sequence[Sequence[str]],
        state: State,
        path: Path,
    ) -> None:
        self.state = state
        self._path = path
        self._stop_order = stop_order
        self._keepers: dict[str, Keeper] = {}
        for component in components:
            self._keepers[component.name] = Keeper(component, self._keepers)
        self._lives: dict[str, Future[None]] = {}
        self._pool = ThreadPoolExecutor(max(1, len(components)), thread_name_prefix="keeper")
        state.components = {name: keeper.state for name, keeper in self._keepers.items()}

    def __enter__(self) -> "Supervisor":
        self._lives = {name: self._pool.submit(keeper.run) for name, keeper in self._keepers.items()}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def ready(self) -> bool:
        """Whether all components run."""
        return all(keeper.up.is_set() for keeper in self._keepers.values())

    @property
    def failing(self) -> list[str]:
        """Those that keep dying."""
        return [name for name, keeper in self._keepers.items() if keeper.state.state == "failing"]

    def check(self) -> None:
        """An error in a keeper's own code comes out here."""
        for life in self._lives.values():
            if life.done():
                life.result()

    def tell(self) -> None:
        """Write the state; where that fails, the state says so to whoever is shown it."""
        if self.state.phase == "starting" and self.ready:
            self.state.phase = "running"
        self.state.at = utc_now()
        try:
            write_state(self._path, self.state)
            self.state.error = ""
        except OSError as why:  # the disk is full, say: no reason to stop what runs
            self.state.error = f"Cannot write {self._path}: {why.strerror}."

    def measure(self) -> None:
        """Look at every component's processes and their memory; takes some 100 ms."""
        for keeper in self._keepers.values():
            if (pid := keeper.state.pid) and (members := family(pid)):
                keeper.state.processes = members
                keeper.state.rss_mib = round(memory_mib(members), 1)

    def stop(self, beat: Callable[[], None] = lambda: None) -> None:
        """Stop all, group by group; `beat` is called a few times a second meanwhile."""
        self.state.phase = "stopping"
        pause = Event()
        for group in self._stop_order:
            members = [name for name in group if name in self._keepers]
            for name in members:
                self._keepers[name].stop.set()
            while any(not self._lives[name].done() for name in members if name in self._lives):
                self.tell()
                beat()
                pause.wait(0.2)
        self._pool.shutdown()
        self.state.phase = "stopped"
        self.tell()
        self.check()
