"""The sub-commands of `farmstream`, one module per group; each imports what it runs when it runs."""
