"""The installed command, attached to a Timesketch by its configuration file and two users."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.acceptance.scan import Scan
from tests.acceptance.serve import Serve
from tests.smithy import exporter

if TYPE_CHECKING:
    from tests.acceptance.scrape import Scrape
    from tests.timesketch.installation import Installation

# Tests cannot wait a minute for a lost import. Both times stay above what they are for: the gap
# between commit and send, and that between BRPOP and `unacked`, milliseconds with small files.
QUICK = {
    "judge.grace": "2s",
    "judge.confirm-after": "2s",
    "scan.interval": "500ms",
    "workers.reconnect-within": "2s",
    # What it adds is a story of its own; the others are told sooner without.
    "opensearch.watch": "false",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What `scan` printed and, right after it, `serve` published."""

    scan: Scan
    scrape: Scrape

    def timeline(self, timeline: int) -> tuple[str | None, str | None]:
        """The verdicts of a timeline: by `scan`, by `serve`; None where it is not processing."""
        return self.scan.timelines().get(timeline), self.scrape.timelines().get(timeline)

    def analysis(self, analysis: int) -> tuple[str | None, bool]:
        """The verdict on an analysis by `scan`, and whether `serve` publishes it as orphaned."""
        return self.scan.analyses().get(analysis), analysis in self.scrape.orphaned_analyses()


@dataclass(frozen=True, slots=True)
class Done:
    """One run of the command: its exit code and what it printed."""

    exit_code: int
    output: str
    errors: str


class Command:
    """The command, at any time, with no more rights in the database than `grants` gives."""

    def __init__(self, timesketch: Installation, *, settings: dict[str, str] | None = None) -> None:
        self._directory = timesketch.directory
        self._configuration = timesketch.configuration
        self.journal_url = f"sqlite:///{self._directory}/journal.db"
        self._settings = {
            **QUICK,
            "database.url": timesketch.roles.reader,
            "repair.database-url": timesketch.roles.repairer,
            "journal.url": self.journal_url,
            **(settings or {}),
        }

    def scan(self, settings: dict[str, str] | None = None) -> Scan:
        """Run `scan --output json`, with these settings besides."""
        done = self.run("scan", "--output", "json", settings=settings)
        return Scan.read(done.exit_code, done.output, done.errors)

    def repair(self, *arguments: str, settings: dict[str, str] | None = None) -> Done:
        """Run `repair --yes` in the mode enforce, with these settings besides."""
        enforce = {"repair.mode": "enforce", **(settings or {})}
        return self.run("repair", *arguments, "--yes", settings=enforce)

    def undo(self, repair_id: str) -> Done:
        """Run `undo --yes`."""
        return self.run("undo", repair_id, "--yes")

    def journal(self, *arguments: str) -> list[dict[str, Any]]:
        """What `journal --output json` prints, the newest entry last."""
        done = self.run("journal", "--output", "json", *arguments)
        assert done.exit_code == 0, done.errors
        assert not done.errors, done.errors
        return [json.loads(line) for line in done.output.splitlines()]

    def run(self, *arguments: str, settings: dict[str, str] | None = None) -> Done:
        """Run the command with these settings besides and nobody to be asked."""
        done = exporter.run(
            [*self._flags(settings), *arguments],
            env=clean_environment(),
            directory=self._directory,
            timeout=90,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def _flags(self, settings: dict[str, str] | None = None) -> list[str]:
        values = {**self._settings, **(settings or {})}
        flags = [f"--{name}={value}" for name, value in values.items()]
        return [f"--timesketch.config={self._configuration}", *flags]


class Exporter(Command):
    """Besides, a `serve` that has run since this object was made."""

    def __init__(self, timesketch: Installation, *, settings: dict[str, str] | None = None) -> None:
        super().__init__(timesketch, settings=settings)
        self.serve = Serve(self._flags(), env=clean_environment(), directory=self._directory)

    def evidence(self) -> Evidence:
        """Run `scan`, then scrape `serve` once it has settled."""
        return Evidence(self.scan(), self.serve.settled())

    def restart(self) -> None:
        """End `serve` and start it anew where it was: what it had in memory is gone."""
        self.serve.stop()
        self.serve = Serve(
            self._flags(),
            env=clean_environment(),
            directory=self._directory,
            port=self.serve.port,
        )

    def close(self) -> None:
        """End `serve`."""
        self.serve.stop()


def clean_environment() -> dict[str, str]:
    """Ours without settings; with tables so wide that no word is cut in two."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TIMESKETCH_", "FLASK_"))
    }
    return inherited | {"COLUMNS": "400"}
