"""The simulated fleet: boards in Python that follow soil, weather and faults, on the firmware's wire formats."""
