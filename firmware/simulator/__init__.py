"""The simulated fleet: boards whose readings follow physics, on the wires and in the formats of real ones."""

from firmware.simulator.errors import SimulatorError
from firmware.simulator.fleet import Fleet
from firmware.simulator.settings import SimulatorSettings
from firmware.simulator.simulation import run
from firmware.simulator.stats import Summary

__all__ = ["Fleet", "SimulatorError", "SimulatorSettings", "Summary", "run"]
