"""A running `serve` of the installed command, sampled from its start to its end."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import httpx

from exporter.demo.processes import free_port
from tests.acceptance.scrape import ORPHANED_ANALYSES, ORPHANS, TIMELINES, Scrape
from tests.smithy import exporter
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

# No judgement is missed: each stands for half a second, until the next scan.
_SAMPLING_INTERVAL = 0.2


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What one scrape said of timelines and analyses."""

    at: float
    timelines: dict[int, str]
    orphans: frozenset[int]
    orphaned_analyses: frozenset[int]


class Serve:
    """The process and every glimpse that was taken of it."""

    def __init__(
        self,
        flags: Sequence[str],
        *,
        env: Mapping[str, str],
        directory: Path,
        name: str = "serve",
        port: int | None = None,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        address = f"--web.listen-address=127.0.0.1:{self.port}"
        self.process = exporter.start(
            [*flags, address, "serve"], name=name, directory=directory, env=env
        )
        self._client = httpx.Client(base_url=self.url, timeout=10.0)
        self._glimpses: list[Glimpse] = []
        self._failures: list[str] = []
        self._stop = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        until(self._answers, f"serve answers (see {self.process.log})")
        self._sampler.start()

    def scrape(self) -> Scrape:
        """Scrape it once."""
        answer = self._client.get("/metrics")
        assert answer.status_code == httpx.codes.OK, answer.text
        return Scrape.read(answer.text)

    def status(self, path: str) -> int:
        """The status code with which it answers a request."""
        return self._client.get(path).status_code

    def until(
        self, condition: Callable[[Scrape], bool], what: str, *, timeout: float = 30
    ) -> Scrape:
        """Scrape until a condition holds and return that scrape."""
        found: list[Scrape] = []

        def holds() -> bool:
            found[:] = [self.scrape()]
            return condition(found[0])

        until(holds, f"{what} (see {self.process.log})", timeout=timeout)
        return found[0]

    def settled(self, *, timeout: float = 20.0) -> Scrape:
        """Return a scrape of a scan that began after this call, once nothing is suspect in it."""
        called_at = time.time()

        def settled(scrape: Scrape) -> bool:
            scanned_at = scrape.value("timesketch_exporter_last_scan_timestamp_seconds") or 0.0
            took = scrape.value("timesketch_exporter_scan_duration_seconds") or 0.0
            suspects = [
                scrape.value(metric, verdict="suspect")
                for metric in ("timesketch_processing_timelines", "timesketch_unfinished_analyses")
            ]
            return scanned_at - took >= called_at and not any(suspects)

        return self.until(settled, "serve has nothing suspect left", timeout=timeout)

    def history(self, timeline: int) -> list[str]:
        """The verdicts of a timeline in the order of time, each change once."""
        verdicts: list[str] = []
        for glimpse in list(self._glimpses):
            verdict = glimpse.timelines.get(timeline)
            if verdict is not None and verdicts[-1:] != [verdict]:
                verdicts.append(verdict)
        return verdicts

    def orphaned_at(self, timeline: int) -> float:
        """When a timeline was first seen published as orphaned, in Unix seconds."""
        return next(glimpse.at for glimpse in list(self._glimpses) if timeline in glimpse.orphans)

    def ever_orphaned(self) -> frozenset[int]:
        """Every timeline that was ever published as orphaned."""
        orphans: set[int] = set()
        for glimpse in list(self._glimpses):
            orphans |= glimpse.orphans
            orphans |= {t for t, verdict in glimpse.timelines.items() if verdict == "orphaned"}
        return frozenset(orphans)

    def ever_orphaned_analyses(self) -> frozenset[int]:
        """Every analysis that was ever published as orphaned."""
        found = (glimpse.orphaned_analyses for glimpse in list(self._glimpses))
        return frozenset().union(*found)

    def failed_scrapes(self) -> list[str]:
        """Why scrapes failed, if any did."""
        return list(self._failures)

    def stop(self) -> None:
        """Stop sampling and end the process."""
        self._stop.set()
        if self._sampler.is_alive():
            self._sampler.join(15)
        self._client.close()
        self.process.stop()

    def _answers(self) -> bool:
        assert self.process.alive(), f"serve ended: {self.process.last_lines()}"
        try:
            return self._client.get("/-/ready").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _sample(self) -> None:
        with httpx.Client(base_url=self.url, timeout=10.0) as client:
            while not self._stop.wait(_SAMPLING_INTERVAL):
                try:
                    answer = client.get("/metrics").raise_for_status()
                except httpx.HTTPError as error:
                    self._failures.append(repr(error))
                    continue
                scrape = Scrape.read(answer.text, only=(TIMELINES, ORPHANS, ORPHANED_ANALYSES))
                self._glimpses.append(
                    Glimpse(
                        at=time.time(),
                        timelines=scrape.timelines(),
                        orphans=scrape.orphans(),
                        orphaned_analyses=scrape.orphaned_analyses(),
                    )
                )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
