"""timesketch-exporter: finds orphaned Timesketch timelines, tells Prometheus, repairs them."""

__version__ = "0.1.0"
