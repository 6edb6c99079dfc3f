"""Who plays in the demonstration: its sketches, uploads and workers, and what is told of each."""

from __future__ import annotations

from dataclasses import dataclass

IMPORT_1 = "celery@import-1"
IMPORT_2 = "celery@import-2"

# What the webhook needs to repair at an alert's request; its file of tokens is the stage's.
MAY_REPAIR = {"repair.mode": "enforce"}

# The intervals of Prometheus and Alertmanager, short enough for a story as well.
SHORTENED_INTERVALS = {
    "scrape_interval": "1s",
    "scrape_timeout": "1s",
    "evaluation_interval": "1s",
    "group_wait": "1s",
    "group_interval": "2s",
}

# Settings short enough for a story, in about the proportions of the defaults (60, 15, 5 s).
SHORTENED = {
    "judge.grace": "6s",
    "judge.confirm-after": "2s",
    "scan.interval": "500ms",
    # The broker has just been started, and no worker was ever connected to it.
    "workers.reconnect-within": "1s",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that an analyst uploads into a sketch.

    `told` is every state it shall go through, in order: verdicts of the exporter while Timesketch
    says processing, then Timesketch's own ready or fail. A state in parentheses need not be seen,
    being short, or that of a single scan in whose middle a worker died or handed back what it had.
    An empty `told` means that the exporter must never mention it.
    """

    sketch: str
    name: str
    told: str
    analyzers: tuple[str, ...] = ()


HARBOUR = "Ransomware at the harbour office"
SHOP = "Web shell in the shop"
TRAINING = "Phishing course of last spring"
SKETCHES = {HARBOUR: "new", SHOP: "new", TRAINING: "archived"}

FINISHED = Upload(SHOP, "shop-access-log.csv", "ready")
BROKEN = Upload(SHOP, "half-a-download.csv", "fail")
ARCHIVED = Upload(TRAINING, "mailbox.jsonl", "")
BEFORE = (FINISHED, BROKEN, ARCHIVED)

DOOMED = Upload(
    HARBOUR,
    "dc01-security.csv",
    # Repaired, taken back, and repaired for good.
    "queued running (unknown) suspect orphaned fail (suspect) orphaned fail",
)
BEHIND = tuple(
    Upload(HARBOUR, name, "queued reserved (unknown) parked")
    for name in ("dc01-mft.csv", "fs02-security.csv", "fs02-mft.csv", "vpn-gateway.jsonl")
)

ANALYSED = Upload(
    SHOP,
    "shop-disk.plaso",
    "(queued) running unknown running draining ready",
    analyzers=("domain", "feature_extraction"),
)
NEXT = Upload(
    SHOP,
    "shop-proxy.csv",
    "(queued) reserved unknown reserved draining (parked) queued (reserved) (running) ready",
)
LOST = Upload(SHOP, "shop-mail.jsonl", "suspect orphaned fail")
# Repaired by the loop, which may be quicker than the spectator.
ALERTED = Upload(
    HARBOUR, "mail-gateway.csv", "(queued) running (unknown) (suspect) (orphaned) fail"
)

UPLOADS = (DOOMED, *BEHIND, ANALYSED, NEXT, LOST, ALERTED)
EVERYTHING = (*BEFORE, *UPLOADS)
