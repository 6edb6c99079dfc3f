"""Bytes from outside that nobody would think of: `python -m tests.fuzz` (`make fuzz`)."""
