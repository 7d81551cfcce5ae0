"""`dashboard`: what runs, in the browser."""

from enum import StrEnum
from typing import Annotated

import typer

from compose.commands.options import DEFAULT_HOME, AsJson, Home

__all__ = ["register"]


class Page(StrEnum):
    """What can be opened."""

    live = "live"
    history = "history"
    lab = "lab"


def register(app: typer.Typer) -> None:
    """Add this command to `app`."""
    app.command(rich_help_panel="The pipeline")(dashboard)


def dashboard(
    page: Annotated[
        Page, typer.Argument(help="Which page; lab is JupyterLab with all notebooks.")
    ] = Page.live,
    home: Home = DEFAULT_HOME,
    show: Annotated[bool, typer.Option("--print", help="Print the address, token included.")] = False,
    as_json: AsJson = False,
) -> None:
    """Open the dashboards of the running pipeline in your browser."""
    from compose.local import dashboard as pages

    urls = pages.urls(home)
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode(urls).decode())
    elif show:
        typer.echo(urls[page])
    else:
        typer.echo(pages.open_in_browser(home, page, urls[page]))
