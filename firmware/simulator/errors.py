"""Errors of the simulator.

FarmstreamError
└── SimulatorError      a setting, a broker, a folder or a saved state that it cannot work with
"""

from telemetry.errors import FarmstreamError

__all__ = ["SimulatorError"]


class SimulatorError(FarmstreamError):
    """Its text is one sentence: what is wrong and what to do about it."""
