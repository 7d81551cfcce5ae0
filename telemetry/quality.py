"""Quality flags: their values, the tests that give them, and the text in which a reading carries them.

Flags are QARTOD's primary ones (U.S. IOOS, "Manual for the Use of Real-Time Oceanographic Data Quality
Control Flags", version 1.2, 2020). A reading's flags are one text of digits, such as

    1111.111121.111121.999999.131121

first READING_TESTS of the reading, then for each quantity (in the order of `telemetry.quantities`)
VALUE_TESTS. The last of these, `anomaly`, is learned and stands beside the rules: it is not in `worst`.
"""

from telemetry.quantities import QUANTITIES

__all__ = ["FAIL", "GOOD", "MISSING", "READING_TESTS", "SUSPECT", "UNKNOWN", "VALUE_TESTS", "decode", "worst"]

GOOD, UNKNOWN, SUSPECT, FAIL, MISSING = 1, 2, 3, 4, 9
"""Passed; not evaluated (or not yet); to be looked at; not to be used; no value."""

READING_TESTS = ("gap", "syntax", "location", "multivariate")
VALUE_TESTS = ("gross_range", "climatology", "spike", "rate_of_change", "flat_line", "anomaly")

_WORST_FIRST = (FAIL, SUSPECT, GOOD, UNKNOWN, MISSING)


def worst(flags: list[int]) -> int:
    """The flag that stands for all: 4 before 3 before 1 before 2 before 9, as `ioos_qc` has it."""
    return next((flag for flag in _WORST_FIRST if flag in flags), UNKNOWN)


def decode(text: str | None) -> dict[str, dict[str, int]]:
    """`{"reading": {"gap": 1, …}, "temperature": {"spike": 1, …}, …}`; empty where there is no text."""
    if not text:
        return {}
    sections = dict(zip(("reading", *(q.name for q in QUANTITIES)), text.split("."), strict=True))
    return {name: _named(name, digits) for name, digits in sections.items()}


def _named(section: str, digits: str) -> dict[str, int]:
    tests = READING_TESTS if section == "reading" else VALUE_TESTS
    return dict(zip(tests, map(int, digits), strict=True))
