"""An installation with lost uploads, their files, and an OpenSearch that holds events."""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import redis

from tests.integration.commands.repairing import Installation
from tests.timesketch.opensearch import OpenSearch

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

EVENT = '{"message": "an event", "datetime": "2026-11-23T10:00:00", "timestamp_desc": "written"}\n'


class Requeueing:
    """What a requeue needs.

    The workers call the folder of uploads `theirs`, which is another path than ours unless a test
    has workers that open files.
    """

    def __init__(self, installation: Installation, opensearch: OpenSearch, folder: Path) -> None:
        self.installation = installation
        self.opensearch = opensearch
        self.folder = folder
        self.theirs = "/uploads"

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a requeue that is carried out."""
        return {
            "opensearch__watch": "false",
            "opensearch__url": f"http://127.0.0.1:{self.opensearch.port}",
            "repair__uploads": f"{self.theirs}={self.folder}",
            "repair__brake_share": "1",
            "repair__mode": "enforce",
            "workers__timeout": "1s",
        }

    def orphan(
        self,
        name: str,
        content: str | None = EVENT,
        *,
        sketch: int | None = None,
        analyzers: tuple[str, ...] = (),
    ) -> int:
        """Add a timeline whose message was never sent; without content its file is gone.

        On disk the file's name has no end, as in Timesketch's folder.
        """
        stem = name.rpartition(".")[0]
        if content is not None:
            (self.folder / stem).write_text(content)
        sketch = sketch or self.installation.sketch_id
        path = f"{self.theirs}/{stem}"
        rows = self.installation.rows
        return rows.add_upload(sketch, name, path, analyzers=analyzers).timeline_id

    def add_event(self, timeline: int) -> None:
        """Index an event of a timeline."""
        header = {"index": {"_index": self.index_name(timeline)}}
        lines = (header, {"message": "an event", "__ts_timeline_id": timeline})
        self.opensearch.index("\n".join(map(json.dumps, lines)).encode())

    def index_name(self, timeline: int) -> str:
        """The search index of a timeline."""
        (row,) = self.installation.query(
            "SELECT index_name FROM searchindex JOIN timeline ON searchindex.id = searchindex_id"  # noqa: S608
            f" WHERE timeline.id = {int(timeline)}"
        )
        return str(row[0])

    def requeue(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run `repair --action requeue --yes` in the mode enforce."""
        given = {**self.settings, **settings}
        return self.installation.run("repair", *arguments, "--action=requeue", "--yes", **given)

    def undo(self, timeline: int) -> subprocess.CompletedProcess[str]:
        """Take the last requeue of a timeline back."""
        entry = self.installation.journal("--timeline", str(timeline))[-1]
        return self.installation.run("undo", str(entry["repair_id"]), "--yes", **self.settings)

    def messages(self) -> dict[int, dict[str, Any]]:
        """The messages in the queue by timeline: headers, and the body's three parts."""
        with redis.Redis.from_url(self.installation.settings["broker.url"]) as client:
            raw: list[bytes] = client.lrange("celery", 0, -1)
        found = {}
        for message in map(json.loads, raw):
            args, kwargs, embed = json.loads(base64.b64decode(message["body"]))
            headers = message["headers"]
            found[args[5]] = {"headers": headers, "args": args, "kwargs": kwargs, "embed": embed}
        assert len(found) == len(raw)
        return found


@contextmanager
def requeueing(database_url: str, broker_url: str, directory: Path) -> Iterator[Requeueing]:
    """Make an installation with an OpenSearch and a folder of uploads."""
    folder = directory / "mounted"
    folder.mkdir()
    with OpenSearch() as opensearch:
        yield Requeueing(Installation.make(database_url, broker_url, directory), opensearch, folder)
