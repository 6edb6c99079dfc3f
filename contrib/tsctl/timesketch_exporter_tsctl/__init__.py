"""tsctl stuck-timelines: timesketch-exporter's findings and repairs in Timesketch's own tool."""

__version__ = "0.1.0"
