"""Verdicts: pure functions over frozen values; no clock, no driver, no file."""

from exporter.judge.memory import Memory
from exporter.judge.rules import Rules
from exporter.judge.verdicts import judge

__all__ = ["Memory", "Rules", "judge"]
