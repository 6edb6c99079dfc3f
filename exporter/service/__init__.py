"""What `serve` runs behind the web server: the observer from settings, and the scan loop."""

from exporter.service.build import build_observer, rules_of, sources_of
from exporter.service.scanner import Scanner, delay

__all__ = ["Scanner", "build_observer", "delay", "rules_of", "sources_of"]
