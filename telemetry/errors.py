"""Errors of the contract.

FarmstreamError            base of every error that a person should read as one sentence
├── SettingsError          a settings file or value is wrong
└── Refused                an input is not a reading; carries the reason for the rejected record
"""

__all__ = ["FarmstreamError", "Refused", "SettingsError"]


class FarmstreamError(Exception):
    """Its text is one sentence: what is wrong and what to do about it."""


class SettingsError(FarmstreamError):
    """A setting is missing or wrong; the text names the file and the setting."""


class Refused(FarmstreamError):
    """The bytes are not a reading; `reason` is what goes into the rejected record."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
