"""Timesketch's own web API, used as its web client and import client use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Sequence

USER = "analyst"
PASSWORD = "analyst"


@dataclass(frozen=True, slots=True)
class Upload:
    """What an upload was answered: the timeline, and the id of the chain's last task."""

    timeline: int
    task_id: str


class WebApi:
    """A logged-in session with a Timesketch web application."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=120.0)

    def login(self) -> bool:
        """Log in; false while nobody answers there."""
        try:
            answer = self._client.post("/login/", data={"username": USER, "password": PASSWORD})
        except httpx.TransportError:
            return False
        assert answer.status_code == httpx.codes.FOUND, f"login failed: {answer.status_code}"
        return True

    def new_sketch(self, name: str) -> int:
        """Make a sketch and return its id."""
        return int(
            self._post("/api/v1/sketches/", json={"name": name, "description": name})["objects"][0][
                "id"
            ]
        )

    def delete_sketch(self, sketch: int) -> None:
        """Delete a sketch as the web page does, which leaves its rows and tasks as they are."""
        answer = self._client.delete(f"/api/v1/sketches/{sketch}/")
        assert answer.is_success, answer.text

    def upload_file(
        self, sketch: int, *, name: str, file_name: str, content: str, **form: str
    ) -> Upload:
        """Upload a file as the timeline `name`; `form` is what else the form says."""
        data = {"sketch_id": sketch, "name": name, "total_file_size": len(content), **form}
        files = {"file": (file_name, content.encode())}
        return self._upload(data=data, files=files)

    def stream_events(self, sketch: int, *, name: str, events: str, last: bool = True) -> Upload:
        """Send one chunk of events (JSON lines) of a streamed upload."""
        data = {"sketch_id": sketch, "name": name}
        if not last:
            data["enable_stream"] = "true"
        return self._upload(data=data, files={"events": (None, events.encode())})

    def _upload(self, **request: Any) -> Upload:  # noqa: ANN401  httpx's own
        answer = self._post("/api/v1/upload/", **request)
        return Upload(int(answer["objects"][0]["id"]), str(answer["meta"]["task_id"]))

    def run_analyzers(self, sketch: int, timelines: Sequence[int], names: Sequence[str]) -> None:
        """Start analyzers on timelines that are ready."""
        body = {"timeline_ids": list(timelines), "analyzer_names": list(names)}
        answer = self._client.post(f"/api/v1/sketches/{sketch}/analyzer/", json=body)
        assert answer.is_success, answer.text

    def timeline(self, sketch: int, timeline: int) -> dict[str, Any]:
        """A timeline with its data sources, as the web page asks for it every 5 seconds."""
        return self._object(f"/api/v1/sketches/{sketch}/timelines/{timeline}/")

    def timelines(self, sketch: int) -> dict[int, dict[str, Any]]:
        """The timelines that a sketch's own resource lists, by id."""
        listed = self._object(f"/api/v1/sketches/{sketch}/")["timelines"]
        return {int(timeline["id"]): timeline for timeline in listed}

    def analyses(self, sketch: int, timeline: int) -> dict[int, dict[str, Any]]:
        """The analyses of a timeline, by id."""
        (listed,) = self._get(f"/api/v1/sketches/{sketch}/timelines/{timeline}/analysis/")
        return {int(analysis["id"]): analysis for analysis in listed}

    def close(self) -> None:
        """Close the session's connections."""
        self._client.close()

    def _object(self, path: str) -> dict[str, Any]:
        (found,) = self._get(path)
        assert isinstance(found, dict), found
        return found

    def _get(self, path: str) -> list[Any]:
        answer = self._client.get(path)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text[:500]}"
        found: list[Any] = answer.json()["objects"]
        return found

    def _post(self, path: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401  httpx's own
        answer = self._client.post(path, **request)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text[:500]}"
        found: dict[str, Any] = answer.json()
        return found
