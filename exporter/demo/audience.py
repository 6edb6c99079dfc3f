"""Looks at the stage until everything is as it is told, and shows what it sees."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from exporter.demo.told import arrows
from exporter.errors import DemoStoryError, Exit
from exporter.snapshot import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from exporter.demo.attached import Exporter
    from exporter.demo.cast import Upload
    from exporter.demo.screen import Screen
    from exporter.demo.stage import Stage
    from exporter.demo.stopping import Stopping
    from exporter.demo.witness import Witness

# Seconds for a scene to come out, on the slowest machine.
_PATIENCE = 60.0


class Audience:
    """Waits for what a scene must lead to; every look at the stage goes to the screen.

    All of its methods raise StoppedError where somebody leaves.
    """

    def __init__(
        self, stage: Stage, screen: Screen, stopping: Stopping, exporter: Exporter, witness: Witness
    ) -> None:
        self._stage = stage
        self._screen = screen
        self._stopping = stopping
        self._exporter = exporter
        self._witness = witness

    def expect(
        self,
        timelines: Mapping[Upload, str],
        *,
        analyses: Mapping[Upload, str] | None = None,
        workers: Mapping[str, str] | None = None,
    ) -> None:
        """Look until everything is as wanted at once; raises DemoStoryError out of patience."""
        self.look_until(
            lambda: [
                *self._timelines_missing(timelines),
                *self._analyses_missing(analyses or {}),
                *self._workers_missing(workers or {}),
            ]
        )

    def command(self, *words: str, ends_with: Exit = Exit.OK) -> str:
        """Run `timesketch-exporter` with these words and look on until it ends.

        Returns what it printed; raises DemoStoryError where it ends with another exit code.
        """
        process = self._exporter.command(*words)
        told = f"timesketch-exporter {' '.join(words)}"
        self.look_until(lambda: [f"{told} does not end"] * process.alive())
        if process.exit_code != ends_with:
            msg = f"{told} exited with {process.exit_code}: {process.last_lines()}"
            raise DemoStoryError(msg)
        return process.log.read_text(encoding="utf-8")

    def look_until(self, missing: Callable[[], Sequence[str]]) -> None:
        """Look until nothing is `missing`; raises DemoStoryError out of patience, with the first.

        At least one look is taken.
        """
        deadline = time.monotonic() + _PATIENCE
        self.look()
        while reasons := missing():
            if time.monotonic() > deadline:
                because = "; ".join(self._witness.judgement.incomplete_because)
                msg = reasons[0] + (f" (evidence incomplete: {because})" if because else "")
                raise DemoStoryError(msg)
            self._stopping.nap()
            self.look()

    def look_on(self, duration: float) -> None:
        """Look for `duration` seconds, and once at least."""
        end = time.monotonic() + duration
        self.look()
        while time.monotonic() < end:
            self._stopping.nap()
            self.look()

    def stay(self) -> None:
        """Look until StoppedError."""
        while True:
            self.look()
            self._stopping.nap()

    def look(self) -> None:
        """Look once."""
        self._screen.show(*self._witness.look())

    def _timelines_missing(self, wanted: Mapping[Upload, str]) -> Iterator[str]:
        for upload, state in wanted.items():
            seen = self._witness.seen[upload]
            if seen[-1:] != [state]:
                yield f"{upload.name} is not {state} but went {arrows(seen)}"
            published = self._witness.published.timelines.get(self._stage.timeline_id(upload))
            if published != (state if state in list(Verdict) else None):
                yield f"{upload.name} is not {state} but {published} in /metrics"

    def _analyses_missing(self, wanted: Mapping[Upload, str]) -> Iterator[str]:
        now = self._stage.rows.analysis_statuses()
        now |= {
            each.analysis.analysis_id: str(each.verdict)
            for each in self._witness.judgement.analyses
        }
        for upload, state in wanted.items():
            for analysis_id in self._stage.analyses(upload):
                if now[analysis_id] != state:
                    yield f"analysis {analysis_id} is not {state} but {now[analysis_id]}"

    def _workers_missing(self, wanted: Mapping[str, str]) -> Iterator[str]:
        judged = {each.worker: str(each.state) for each in self._witness.judgement.workers}
        published = self._witness.published.workers
        for name, state in wanted.items():
            for where, states in (("", judged), (" in /metrics", published)):
                if states.get(name) != state:
                    yield f"{name} is not {state} but {states.get(name)}{where}"
