"""A timeline's events in OpenSearch: how many there are, and their deletion.

Timesketch writes the timeline's id into every event (`__ts_timeline_id`), since several timelines
lie in one index.
"""

from __future__ import annotations

import base64
import json
import ssl
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import quote, unquote, urlsplit, urlunsplit
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from exporter.errors import OpenSearchError, SettingsError
from exporter.urls import without_password

if TYPE_CHECKING:
    from typing import Any

    from exporter.observe.opensearch_client import OpenSearchOptions

_FIELD = "__ts_timeline_id"
_NOT_FOUND = 404
_SHOWN = 200


class EventIndex:
    """Asks the first node that `options` name; its library is not needed for two questions."""

    def __init__(self, options: OpenSearchOptions, *, deleting: float) -> None:
        """`deleting` (seconds) is how long a deletion may take. SettingsError for an odd URL."""
        url = next(iter(options.nodes), "")
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise SettingsError("opensearch.url is none of OpenSearch (write http://host:9200)")
        # What the environment says of proxies is not meant for a server beside Timesketch.
        self._opener = build_opener(ProxyHandler({}), HTTPSHandler(context=_context(options)))
        self._place = without_password(url)
        self._base = urlunsplit(
            (parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", "")
        )
        self._headers = {"Content-Type": "application/json"}
        if parts.username is not None:
            user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers["Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
        self._timeout = options.timeout
        self._deleting = deleting

    def count(self, index_name: str, timeline_id: int) -> int:
        """How many events of the timeline there are, those not yet to be found included.

        An index that does not exist has none. Raises OpenSearchError.
        """
        self._ask(index_name, "_refresh", None, timeout=self._timeout)
        return self._number(index_name, "_count", timeline_id, "count", timeout=self._timeout)

    def delete(self, index_name: str, timeline_id: int) -> int:
        """Delete the timeline's events; returns how many. Raises OpenSearchError."""
        path = "_delete_by_query?conflicts=proceed&refresh=true"
        return self._number(index_name, path, timeline_id, "deleted", timeout=self._deleting)

    def _number(
        self, index_name: str, path: str, timeline_id: int, name: str, *, timeout: float
    ) -> int:
        query = {"query": {"term": {_FIELD: timeline_id}}}
        answer = self._ask(index_name, path, query, timeout=timeout)
        number = 0 if answer is None else answer.get(name)
        if not isinstance(number, int):
            raise OpenSearchError(f"{self._place} answers {path} without a number: {answer}")
        return number

    def _ask(
        self, index_name: str, path: str, body: object, *, timeout: float
    ) -> dict[str, Any] | None:  # Any: JSON
        """The answer's object; None if there is no such index."""
        request = Request(  # noqa: S310  the setting's URL, of which only http and https are taken
            f"{self._base}/{quote(index_name, safe='')}/{path}",
            data=json.dumps(body).encode() if body is not None else b"",
            headers=self._headers,
            method="POST",
        )
        try:
            with self._opener.open(request, timeout=timeout) as response:
                answer = json.load(response)
        except HTTPError as error:
            with error:
                if error.code == _NOT_FOUND:
                    return None
                reason = " ".join(error.read(_SHOWN).decode(errors="replace").split())
            raise self._unreachable(path, f"{error.code} {error.reason} {reason}") from error
        except (URLError, HTTPException, OSError, ValueError) as error:
            reason = str(error.reason if isinstance(error, URLError) else error)
            raise self._unreachable(path, reason) from error
        if not isinstance(answer, dict):
            raise self._unreachable(path, "no object")
        return answer

    def _unreachable(self, path: str, why: str) -> OpenSearchError:
        asked = path.partition("?")[0]
        return OpenSearchError(f"{self._place} does not answer {asked}: {why.strip()}")


def _context(options: OpenSearchOptions) -> ssl.SSLContext:
    """How servers are known; raises SettingsError for a file of certificates that is none."""
    try:
        context = ssl.create_default_context(cafile=options.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"opensearch.ca-file {options.ca_file}: {error}") from error
    if not options.verify_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
