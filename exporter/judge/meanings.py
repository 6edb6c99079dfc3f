"""What each verdict means, in a few words for people."""

from __future__ import annotations

from exporter.snapshot import Verdict

MEANINGS = {
    Verdict.QUEUED: "its message waits in a queue",
    Verdict.RESERVED: "a worker has prefetched it",
    Verdict.RUNNING: "it is being processed",
    Verdict.STALLED: "running for very long",
    Verdict.PARKED: "Redis will hand it out again",
    Verdict.DRAINING: "its worker finishes it, then ends",
    Verdict.WAITING: "behind a task that lives",
    Verdict.SUSPECT: "nowhere, not proven yet",
    Verdict.ORPHANED: "nothing processes it",
    Verdict.UNKNOWN: "the evidence is incomplete",
}
