"""HTTP without TLS, which is what nearly all tests speak."""

from __future__ import annotations

import ssl

PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For httpx's `verify`. Without it each request loads the certificates of every authority: a
hundred times the processor time of the request itself, and tests that poll do little else."""
