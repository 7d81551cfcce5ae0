"""Command lines within this process."""

import sys

import pytest

from compose.cli import main
from tests.unit.compose.command_line import Farmstream, Told


@pytest.fixture
def farmstream(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Farmstream:
    """Runs a command line within this process, which takes no start-up time."""

    def run(*words: str, **env: str) -> Told:
        with monkeypatch.context() as patch:
            patch.delenv("FARMSTREAM_HOME", raising=False)
            for name, value in env.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["farmstream", *words])
            with pytest.raises(SystemExit) as left:
                main()
        return Told(int(left.value.code or 0), *capsys.readouterr())

    return run
