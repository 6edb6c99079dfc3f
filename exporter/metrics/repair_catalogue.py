"""The metrics of repairs, as data: a part of the catalogue."""

from __future__ import annotations

from exporter.metrics.declaration import Declaration

REPAIR_TARGETS = ("timeline", "analysis")
REPAIR_OUTCOMES = ("applied", "dry-run", "unchanged", "refused", "failed", "abandoned")
REPAIR_GUARDS = ("mode", "pause", "budget", "brake", "cool-down", "protected", "incomplete")
REPAIR_MODES = ("off", "dry-run", "enforce")
"""The repair room's own words, which this room may not import; a test compares them."""

_NO_JOURNAL = "while the journal cannot be used"

REPAIRS = Declaration(
    name="timesketch_exporter_repairs_total",
    kind="counter",
    labels=("target", "outcome"),
    values={"target": REPAIR_TARGETS, "outcome": REPAIR_OUTCOMES},
    help="Repairs and undos that the journal holds, by how they ended, whoever asked for them: "
    "replicas that share a journal report the same totals (aggregate with max, not sum).",
    absent=_NO_JOURNAL,
)
REPAIR_REFUSALS = Declaration(
    name="timesketch_exporter_repair_refusals_total",
    kind="counter",
    labels=("guard",),
    values={"guard": REPAIR_GUARDS},
    help="Refusals that the journal holds, by guard; a repair that two guards refused counts for "
    "both, and replicas that share a journal report the same totals.",
    absent=_NO_JOURNAL,
)
REPAIR_MODE = Declaration(
    name="timesketch_exporter_repair_mode",
    kind="gauge",
    labels=("mode",),
    values={"mode": REPAIR_MODES},
    help="1 for the mode that repairs are in (repair.mode), 0 for the others.",
)
REPAIR_PAUSED = Declaration(
    name="timesketch_exporter_repair_paused",
    kind="gauge",
    labels=(),
    help="1 while repairs are paused by an operator.",
    absent=_NO_JOURNAL,
)
REPAIR_BRAKE_ENGAGED = Declaration(
    name="timesketch_exporter_repair_brake_engaged",
    kind="gauge",
    labels=(),
    help="1 while the storm brake holds repairs back.",
    absent=_NO_JOURNAL,
)
REPAIR_BUDGET_REMAINING = Declaration(
    name="timesketch_exporter_repair_budget_remaining",
    kind="gauge",
    labels=(),
    help="Repairs that the budget still allows within the current hour.",
    absent=_NO_JOURNAL,
)
JOURNAL_UP = Declaration(
    name="timesketch_exporter_journal_up",
    kind="gauge",
    labels=(),
    help="1 if the journal of repairs could be read and written last time, 0 if not or not yet; "
    "without it nothing is repaired.",
)

REPAIR_CATALOGUE = (
    REPAIRS,
    REPAIR_REFUSALS,
    REPAIR_MODE,
    REPAIR_PAUSED,
    REPAIR_BRAKE_ENGAGED,
    REPAIR_BUDGET_REMAINING,
    JOURNAL_UP,
)
