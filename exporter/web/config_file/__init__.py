"""The web configuration file: TLS, client certificates, users and headers of the HTTP server.

Its format is that of Prometheus's exporter-toolkit:
https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
"""

from exporter.web.config_file.live import LiveWebConfig
from exporter.web.config_file.reading import WebConfig, read

__all__ = ["LiveWebConfig", "WebConfig", "read"]
