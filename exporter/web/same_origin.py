"""Whether a browser was made to send a request by a page that is not ours. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_OURS = frozenset({"same-origin", "none"})


def is_foreign(headers: Mapping[str, str], external_url: str | None) -> bool:
    """Whether the headers tell of another site.

    Browsers say so by themselves (Fetch Metadata), or, over plain HTTP, at least whence they come
    (Origin): that has to be where we are. Behind a proxy this is what `external_url` says. Programs
    send neither, and no browser lets a page leave both out.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in _OURS
    origin = headers.get("origin")
    if origin is None:
        return False
    if external_url is not None and origin == _origin(external_url):
        return False
    # Only compared: who has a name of their own point to us is signed in nowhere under that name.
    host = headers.get("host", "").lower()
    return not host or origin.lower() not in {f"http://{host}", f"https://{host}"}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
