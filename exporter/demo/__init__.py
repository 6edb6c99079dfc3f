"""A small Timesketch with real servers and workers, and a story that shows the exporter at work."""
