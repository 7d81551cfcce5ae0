"""Wires the board and runs it. An error in the settings is told on the REPL and ends here."""

from farm.run import run

run("/")
