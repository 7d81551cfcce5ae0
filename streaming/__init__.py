"""Structured Streaming: parse, join, window, alert."""
