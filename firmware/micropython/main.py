"""Runs the board. An error in the settings is told on the REPL and ends here."""

import os

from farm.run import run

run(os.getcwd().rstrip("/"))
