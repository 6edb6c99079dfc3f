"""The exporters under test, two of them with one journal, and what each scan of theirs said."""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx

from exporter.demo.processes import Process, free_port, spawn
from tests.chaos.clocks import ROOT, Clock
from tests.chaos.record import Scan, Target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_POLL_EVERY = 0.3
_ABSENT = "the same in a complete scan at"
_STILL = "proven at"


@dataclass(slots=True)
class _Seen:
    """What the last look at an exporter showed; a look before its first answer showed nothing."""

    asked: float
    scanned: frozenset[str] = frozenset()


class Exporter:
    """`timesketch-exporter serve` as a process, started anew whenever a story wants it."""

    def __init__(
        self, name: str, settings: Mapping[str, str], directory: Path, *, clock: Clock | None
    ) -> None:
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings = settings
        self._directory = directory
        self.clock = clock
        self.process: Process | None = None
        self.starts = 0
        self._scans: dict[tuple[str, str], Scan] = {}
        self._orphaned: frozenset[Target] = frozenset()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._client = httpx.Client(base_url=self.url, timeout=5.0)
        self._thread = threading.Thread(target=self._watch, name=f"exporter {name}", daemon=True)

    def start(self) -> None:
        """Start it, if it does not run."""
        if self.process is not None and self.process.alive():
            return
        self.starts += 1
        variables = {
            f"TIMESKETCH_EXPORTER_{name.replace('.', '__').replace('-', '_').upper()}": value
            for name, value in self._settings.items()
        }
        self.process = spawn(
            [
                *(sys.executable, "-m", "exporter", "serve"),
                f"--web.listen-address=127.0.0.1:{self.port}",
            ],
            name=f"exporter-{self.name}",
            directory=self._directory,
            env={
                **{key: value for key, value in os.environ.items() if "TIMESKETCH" not in key},
                "PYTHONPATH": str(ROOT),
                **variables,
                **(self.clock.environment() if self.clock else {}),
            },
        )

    def watch(self) -> None:
        """Look at every scan from now on."""
        self._thread.start()

    def scans(self) -> Sequence[Scan]:
        """Every scan that was seen."""
        with self._lock:
            return tuple(self._scans.values())

    def orphaned(self) -> frozenset[Target]:
        """What the last scan called orphaned."""
        with self._lock:
            return self._orphaned

    def _watch(self) -> None:
        seen, instance = _Seen(time.monotonic()), ""
        while not self._stop.wait(_POLL_EVERY):
            if instance != f"{self.name}{self.starts}":
                seen, instance = _Seen(time.monotonic()), f"{self.name}{self.starts}"
            try:
                seen = self._look(seen, instance)
            except (httpx.HTTPError, KeyError):
                continue  # not listening, or before its first scan

    def _look(self, seen: _Seen, instance: str) -> _Seen:
        """Take down what is new. The scans are asked for last, so that none is missed."""
        asked = time.monotonic()
        timelines = self._get("/api/v1/timelines?limit=1000")
        analyses = self._get("/api/v1/analyses?limit=1000")
        scans = self._get("/api/v1/scans")["scans"]
        answered = time.monotonic()
        both = timelines["scanned_at"] == analyses["scanned_at"]
        with self._lock:
            for each in scans:
                at = each["scanned_at"]
                if at in seen.scanned:
                    continue
                self._scans[instance, at] = Scan(
                    exporter=instance,
                    ended_from=seen.asked,
                    ended_to=answered,
                    seconds=each["seconds"],
                    complete=each["complete"],
                    verdicts=None,
                )
            key = (instance, timelines["scanned_at"])
            if both and key in self._scans and self._scans[key].verdicts is None:
                verdicts = {
                    **{("timeline", each["timeline_id"]): each for each in timelines["timelines"]},
                    **{("analysis", each["analysis_id"]): each for each in analyses["analyses"]},
                }
                known = any(each["timelines"] is not None for each in scans[:1])
                self._scans[key] = replace(
                    self._scans[key],
                    verdicts={key: each["verdict"] for key, each in verdicts.items()}
                    if known or verdicts
                    else None,
                    reasons={
                        key: "; ".join(each["reasons"])
                        for key, each in verdicts.items()
                        if each["verdict"] == "orphaned"
                    },
                    absent=frozenset(key for key, each in verdicts.items() if _is_absent(each)),
                )
                self._orphaned = frozenset(
                    key for key, each in verdicts.items() if each["verdict"] == "orphaned"
                )
        return _Seen(asked, seen.scanned | {each["scanned_at"] for each in scans})

    # What JSON says has no better type.
    def _get(self, path: str) -> dict[str, Any]:
        answer = self._client.get(path)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        return told

    def close(self) -> None:
        """End it."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._client.close()
        if self.process is not None:
            self.process.stop()


def _is_absent(judged: dict[str, Any]) -> bool:
    """Whether it was called orphaned because this very scan found it nowhere."""
    reasons = judged["reasons"]
    return any(line.startswith(_ABSENT) for line in reasons) and not any(
        line.startswith(_STILL) for line in reasons
    )
