"""`migrate`, `sensors`, `fields`, `readings` and `alerts`: what the tables hold."""

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
