"""`rules`: what of a reading, or of a board's silence, is an alert."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from compose.commands.data import Address, Keyspace
from compose.commands.options import DEFAULT_HOME, AsJson, Home

__all__ = ["register"]

Name = Annotated[str, typer.Argument(help="A rule's name.")]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file.")]

_rules = typer.Typer(no_args_is_help=True, help="What is an alert; a change is live within a minute.")


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    app.add_typer(_rules, name="rules", rich_help_panel="What the tables hold")


@_rules.command("list")
def list_rules(
    home: Home = DEFAULT_HOME, as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, as import reads it.")] = False,
    cassandra: Address = None, keyspace: Keyspace = "farm",
) -> None:  # fmt: skip
    """Show all rules."""
    from compose.local.access import tables_of
    from storage import rules

    form = "json" if as_json else "csv" if as_csv else "table"
    rules.list_rules(tables_of(home, cassandra, keyspace), sys.stdout, form)


@_rules.command("import")
def import_rules(
    file: File, home: Home = DEFAULT_HOME, cassandra: Address = None, keyspace: Keyspace = "farm"
) -> None:
    """Take rules from a CSV file: all of it, or nothing. Rules that it does not name stay.

    Header: rule,scope,target,quantity,comparison,threshold,clear,minimum,severity,enabled.
    """
    from compose.local.access import tables_of
    from storage import rules

    rules.import_rules(tables_of(home, cassandra, keyspace), file, sys.stdout)


@_rules.command()
def add(  # noqa: PLR0913, PLR0917 - a rule's columns
    rule: Name,
    quantity: Annotated[str, typer.Argument(help="temperature, humidity, ph, moisture, or board.")],
    comparison: Annotated[str, typer.Argument(help="below, above, missing, impossible, or silent.")],
    threshold: Annotated[str, typer.Argument(help="In the quantity's unit; with silent, intervals.")] = "",
    clear: Annotated[str, typer.Option(help="The level at which it is good again.")] = "",
    scope: Annotated[str, typer.Option(help="everywhere, sensor, field or soil.")] = "everywhere",
    target: Annotated[str, typer.Option(help="Which sensor, field or soil texture.")] = "",
    minimum: Annotated[str, typer.Option(help="How long it must last: 30s, 10m.")] = "0s",
    severity: Annotated[str, typer.Option(help="info, warning or critical.")] = "warning",
    home: Home = DEFAULT_HOME, cassandra: Address = None, keyspace: Keyspace = "farm",
) -> None:  # fmt: skip
    """Add a rule, or replace the one of that name: `rules add cold temperature below 5 --clear 6`."""
    from compose.local.access import tables_of
    from storage import rules

    cells = {
        "rule": rule, "scope": scope, "target": target, "quantity": quantity, "comparison": comparison,
        "threshold": threshold, "clear": clear, "minimum": minimum, "severity": severity, "enabled": "yes",
    }  # fmt: skip
    rules.add_rule(tables_of(home, cassandra, keyspace), cells, sys.stdout)


@_rules.command()
def remove(
    rule: Name, home: Home = DEFAULT_HOME, cassandra: Address = None, keyspace: Keyspace = "farm"
) -> None:
    """Take a rule away; its open alerts are closed."""
    from compose.local.access import tables_of
    from storage import rules

    rules.remove_rule(tables_of(home, cassandra, keyspace), rule, sys.stdout)


@_rules.command()
def enable(
    rule: Name, home: Home = DEFAULT_HOME, cassandra: Address = None, keyspace: Keyspace = "farm"
) -> None:
    """Switch a rule on."""
    from compose.local.access import tables_of
    from storage import rules

    rules.switch_rule(tables_of(home, cassandra, keyspace), rule, True, sys.stdout)


@_rules.command()
def disable(
    rule: Name, home: Home = DEFAULT_HOME, cassandra: Address = None, keyspace: Keyspace = "farm"
) -> None:
    """Switch a rule off; its open alerts are closed."""
    from compose.local.access import tables_of
    from storage import rules

    rules.switch_rule(tables_of(home, cassandra, keyspace), rule, False, sys.stdout)
