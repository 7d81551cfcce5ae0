"""The terminal's side of `farmstream boards`: tables, progress, questions; the work is in firmware/boards."""
