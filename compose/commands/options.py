"""Options that several commands share, `--home` first of all."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["AsJson", "DEFAULT_HOME", "Home", "PASS_THROUGH", "PYTEST", "console"]

DEFAULT_HOME = Path(".farmstream")

PASS_THROUGH = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""Context settings of a command whose arguments another module reads, `--help` included."""

PYTEST = {"allow_extra_args": True, "ignore_unknown_options": True}
"""Context settings of a command that hands on what it does not know."""


def _home(ctx: typer.Context, given: Path) -> Path:
    """The folder named after the command, else before it, else the default; absolute."""
    above = ctx.parent
    source = ctx.get_parameter_source("home")
    while above and source is not None and source.name == "DEFAULT" and given == DEFAULT_HOME:
        given = above.params.get("home") or given
        above = above.parent
    return given.expanduser().resolve()


Home = Annotated[
    Path,
    typer.Option(
        "--home",
        metavar="FOLDER",
        help="The folder that holds the pipeline's state.",
        callback=_home,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def console() -> "Console":
    """Standard output, as rich writes it."""
    from rich.console import Console

    return Console()
