"""What must be stored, from a simulator's manifest alone, and how the tables and topics differ from it.

Plain Python that knows the contract and none of the pipeline's code: windows, means, dry spells and the
reasons for a refusal are worked out here a second time.
"""

from tests.local.reconcile_dry import dry_differences
from tests.local.reconcile_facts import Farm, Found, Row
from tests.local.reconcile_readings import dated, reading_differences
from tests.local.reconcile_rejected import rejected_differences
from tests.local.reconcile_windows import window_differences, windows_of

__all__ = ["differences"]


def differences(entries: list[Row], farm: Farm, found: Found) -> list[str]:
    """One line for each difference; none where everything is as it must be."""
    sent = [entry for entry in entries if entry["kind"] == "reading"]
    malformed = [entry for entry in entries if entry["kind"] == "malformed"]
    windows = windows_of(dated(sent, found.readings), farm)
    return [
        *reading_differences(sent, found.readings, farm),
        *rejected_differences(malformed, found.rejected),
        *window_differences(windows, farm, found.windows),
        *dry_differences(windows, farm, found),
    ]
