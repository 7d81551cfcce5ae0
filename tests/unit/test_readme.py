"""The README: what it links to is there, and every command that it shows exists with these options."""

import re
import shlex
from pathlib import Path

import click
import pytest
import typer

from compose.cli import app
from tests.readme import ROOT, commands

LINKS = re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text())


@pytest.mark.parametrize("link", sorted(set(LINKS)))
def test_link(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize("command", sorted(set(commands())))
def test_command(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    words = shlex.split(command)[1:]
    group: click.Command = typer.main.get_command(app)
    context = click.Context(group, info_name="farmstream")
    while isinstance(group, click.Group):
        name, group, words = group.resolve_command(context, words)
        assert group is not None
        context = click.Context(group, info_name=name, parent=context)
    group.make_context(group.name, words, parent=context.parent)


def test_there_are_commands() -> None:
    assert Path(ROOT / "farmstream").exists()
    assert len(commands()) > 10
