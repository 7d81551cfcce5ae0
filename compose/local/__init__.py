"""The same topology as local child processes."""
