"""The settings: one declaration each, read from flags, environment, files and timesketch.conf."""

from exporter.settings.groups import Settings
from exporter.settings.sources import load

__all__ = ["Settings", "load"]
