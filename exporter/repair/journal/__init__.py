"""The journal of repairs: intent before, outcome after, append only, shared by replicas."""

from exporter.repair.journal.store import Journal, open_journal

__all__ = ["Journal", "open_journal"]
