"""The HTTP side: application, server, pages."""
