"""Runs first: chooses the version of the application, and goes back to the previous one if need be."""

import os
import sys

import switch

sys.path.insert(0, os.getcwd().rstrip("/") + "/" + switch.choose(os.getcwd().rstrip("/")))
