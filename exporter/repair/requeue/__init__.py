"""Sending the task of a lost import once more, in place of calling it failed."""
