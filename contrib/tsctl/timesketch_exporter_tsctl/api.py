"""The exporter's JSON API, asked with a bearer token."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import requests

from timesketch_exporter_tsctl import __version__
from timesketch_exporter_tsctl.failure import Failure, UsageFailure

Json: TypeAlias = "dict[str, Any]"  # Any: as `json` reads it

_URL = re.compile(r"https?://[^\s/@?#]+(/[^\s@?#]*)?")
_HEADERS = {"User-Agent": f"timesketch-exporter-tsctl/{__version__}"}
# A plan takes as many scans as its verdicts need, and these wait for silent workers.
_CONNECT_SECONDS, _ANSWER_SECONDS = 10, 180
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404


class Api:
    """The API of the exporter whose pages are at `url`; what gets no answer raises Failure."""

    def __init__(self, url: str, token: str | None) -> None:
        if not _URL.fullmatch(url):
            raise UsageFailure("--url should be like http://exporter:19808, without a password")
        self._url = url.rstrip("/")
        self._token = token

    def stuck(self, sketch: int | None) -> tuple[list[Json], list[str]]:
        """The orphaned timelines of a sketch or of all, and why the evidence is incomplete."""
        found: dict[int, Json] = {}
        offset = 0
        while True:
            query = {"verdict": "orphaned", "sketch": sketch, "offset": offset}
            answer = self._ask("GET", "timelines", query)
            found.update((each["timeline_id"], each) for each in answer["timelines"])
            offset += len(answer["timelines"])
            if not answer["timelines"] or offset >= answer["total"]:
                return list(found.values()), answer["incomplete_because"]

    def plan(self, sketch: int | None) -> Json:
        """What would be done to what is orphaned in a sketch or anywhere, judged anew."""
        body: Json = {"timelines": [], "sketch": sketch, "all": sketch is None}
        return self._ask("POST", "plans", body)

    def apply(self, plan: Json) -> Json:
        """What became of a plan, confirmed with the text that it asks for."""
        path, body = f"plans/{plan['plan_id']}/apply", {"confirm": plan["confirm"]}
        return self._ask("POST", path, body, lost="; its journal tells what was done")

    def _ask(self, method: str, path: str, content: Json, *, lost: str = "") -> Json:
        try:
            answer = requests.request(
                method,
                f"{self._url}/api/v1/{path}",
                params=content if method == "GET" else None,
                json=content if method == "POST" else None,
                auth=self._authorize,
                headers=_HEADERS,
                timeout=(_CONNECT_SECONDS, _ANSWER_SECONDS),
                allow_redirects=False,  # a token goes nowhere else
            )
        except (requests.RequestException, ValueError) as error:  # urllib3's, for odd hosts
            why = f"{_root(error)}{lost}"
            raise Failure(f"no answer from the exporter at {self._url}: {why}") from error
        if answer.status_code >= requests.codes.multiple_choices:
            raise Failure(self._refusal(answer))
        found: Json = answer.json()
        return found

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """As a hook of requests it also keeps what ~/.netrc has for the host from being sent."""
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def _refusal(self, answer: requests.Response) -> str:
        code, detail, who = answer.status_code, _detail(answer), f"the exporter at {self._url}"
        if answer.is_redirect:
            return f"{self._url} sends on to {answer.headers['Location']}: should --url be there?"
        if code == _UNAUTHORIZED and self._token is None:
            return f"{who} wants to know who asks: give --token-file"
        if code == _UNAUTHORIZED:
            return f"{who} does not know this token"
        if code == _FORBIDDEN:
            return f"{who} does not allow this: {detail}"
        if code == _NOT_FOUND and detail == "Not Found":
            return f"there is no /api/v1 at {self._url}: no exporter, or one that is too old"
        return f"{who} answered {code}: {detail}"


def _detail(answer: requests.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (KeyError, TypeError, ValueError):
        return answer.reason


def _root(error: BaseException) -> str:
    """The innermost reason, in whose front requests and urllib3 put their own."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
