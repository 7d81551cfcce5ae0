"""`bench`: how fast this machine carries readings."""

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
