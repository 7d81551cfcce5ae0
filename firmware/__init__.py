"""Devices: Arduino and MicroPython firmware, and the simulated boards that speak as they do."""
