"""The composition root: the command line, and the topology as containers or local processes."""
