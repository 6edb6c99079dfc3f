"""The way to Timesketch's OpenSearch; its library is imported when it is needed first."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from exporter.errors import OpenSearchError, SettingsError
from exporter.urls import redact, without_password

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opensearchpy import OpenSearch

LIBRARY = "opensearchpy"


@dataclass(frozen=True, slots=True)
class OpenSearchOptions:
    """Where OpenSearch is. `url` may name several nodes of one cluster, joined by `;`."""

    url: str
    verify_certs: bool = True
    ca_file: Path | None = None
    timeout: float = 5.0

    @property
    def nodes(self) -> list[str]:
        """The URL of each node."""
        return [part.strip().rstrip("/") for part in self.url.split(";") if part.strip()]


def is_installed() -> bool:
    """Whether the extra `opensearch` is installed."""
    return find_spec(LIBRARY) is not None


def open_client(options: OpenSearchOptions) -> OpenSearch:
    """A client that has not connected yet; each node is tried once.

    Raises SettingsError without the library, or for a URL or a file that cannot be used.
    """
    if not is_installed():
        raise SettingsError(
            "opensearch.url needs the library opensearch-py: "
            "install timesketch-exporter[opensearch]"
        )
    from opensearchpy import OpenSearch  # noqa: PLC0415  25 MiB, for those who ask OpenSearch

    wrong = [node for node in options.nodes if not node.startswith(("http://", "https://"))]
    if wrong or not options.nodes:
        raise SettingsError(
            f"opensearch.url {without_password(options.url)} is not one of http:// or https://"
        )
    if options.ca_file is not None and not options.ca_file.is_file():
        raise SettingsError(f"opensearch.ca-file {options.ca_file} is not a file")
    return OpenSearch(
        options.nodes,
        timeout=options.timeout,
        max_retries=len(options.nodes) - 1,
        retry_on_timeout=True,
        verify_certs=options.verify_certs,
        ssl_show_warn=False,
        ca_certs=None if options.ca_file is None else str(options.ca_file),
    )


@contextmanager
def asking(options: OpenSearchOptions) -> Iterator[None]:
    """Turn what the client raises into an OpenSearchError of one line."""
    from opensearchpy import exceptions  # noqa: PLC0415  as in open_client
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    place = without_password(options.url)
    try:
        yield
    except exceptions.ConnectionTimeout as error:
        raise OpenSearchError(f"{place} does not answer within {options.timeout:g} s") from error
    except (exceptions.AuthenticationException, exceptions.AuthorizationException) as error:
        raise OpenSearchError(
            f"{place} refuses: {_reason(error)} (the user needs to read Timesketch's indexes)"
        ) from error
    except (exceptions.OpenSearchException, HTTPError, OSError, ValueError) as error:
        raise OpenSearchError(f"{place} does not answer as OpenSearch: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return redact(" ".join(str(error).split()))[:300] or type(error).__name__
