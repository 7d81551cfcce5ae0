"""The contract: reading, wire formats, names of topics, settings. Imports none of our packages."""
