"""What `check` says about OpenSearch, where the progress of imports is to be watched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.errors import SourceError
from exporter.service.build import indexed_of
from exporter.snapshot import Finding
from exporter.urls import without_password

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.settings import Settings


def check_opensearch(settings: Settings) -> Iterator[Finding]:
    """One search, as scans make it; nothing where OpenSearch is not watched."""
    indexed = indexed_of(settings)
    if indexed is None:
        return
    place = without_password(settings.opensearch_url or "")
    try:
        counted = indexed.read()
    except SourceError as error:
        yield Finding("opensearch", "failure", str(error))
    else:
        text = f"{place} answers; events of {len(counted)} processing timelines counted"
        yield Finding("opensearch", "ok", text)
    finally:
        indexed.close()
