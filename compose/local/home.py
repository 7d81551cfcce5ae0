"""The home folder of one pipeline (`--home`): where each thing that it keeps lies."""

import os
from dataclasses import dataclass
from pathlib import Path

from telemetry.errors import SettingsError

__all__ = ["Home", "write_private"]


@dataclass(frozen=True)
class Home:
    """Paths below `path`, an absolute folder that only its owner can enter."""

    path: Path

    @property
    def credentials(self) -> Path:
        """Component → user and password, JSON, 0600."""
        return self.path / "credentials.json"

    @property
    def ports(self) -> Path:
        """Name → TCP port, JSON."""
        return self.path / "ports.json"

    @property
    def settings(self) -> Path:
        """What a person may set, TOML; need not be there."""
        return self.path / "settings.toml"

    @property
    def state(self) -> Path:
        """What the supervisor tells, JSON."""
        return self.path / "state.json"

    @property
    def run(self) -> Path:
        """Progress files."""
        return self._folder("run")

    @property
    def serial(self) -> Path:
        """Links to the pseudo-terminals of simulated boards."""
        return self._folder("serial")

    @property
    def notebooks(self) -> Path:
        """What JupyterLab shows: copies of ours, and the user's own."""
        return self._folder("notebooks")

    @property
    def checkpoints(self) -> Path:
        """Spark's."""
        return self._folder("checkpoints")

    @property
    def models(self) -> Path:
        """What `farmstream analyze` has learnt, a folder for each run."""
        return self._folder("models")

    def log(self, name: str) -> Path:
        """The log file of one component."""
        return self._folder("logs") / f"{name}.log"

    def etc(self, name: str) -> Path:
        """The folder of one component's generated configuration."""
        return self._folder("etc", name)

    def data(self, name: str) -> Path:
        """The folder of one component's data."""
        return self._folder("data", name)

    def make(self) -> "Home":
        """Make the folder, closed to other users, its path absolute; SettingsError where that fails."""
        home = Home(self.path.expanduser().resolve())
        try:
            home.path.mkdir(parents=True, exist_ok=True)
            home.path.chmod(0o700)
        except OSError as why:
            raise SettingsError(
                f"The folder {home.path} cannot hold a pipeline's state ({why.strerror}): "
                f"name another one with --home."
            ) from why
        return home

    def _folder(self, *names: str) -> Path:
        folder = self.path.joinpath(*names)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def write_private(path: Path, text: str) -> None:
    """Replace `path` in one step by a file with `text` that only its owner can read."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123
        file.write(text)
    draft.replace(path)
