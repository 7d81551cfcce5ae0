"""Real firmware on simulated chips."""
