"""Panels about what holds repairs back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana.generate.colours import NEUTRAL, steps, words
from grafana.generate.numbers import number
from grafana.generate.queries import Query
from grafana.generate.series import lines, states

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Panel

_FLAG = words({"0": ("no", "green"), "1": ("yes", "orange")})


def now() -> list[Panel]:
    """How they stand."""
    return [
        number(
            "Mode",
            "What repair.mode says: enforce writes, dry-run only plans, off does nothing.",
            Query(
                "max by (mode) (timesketch_exporter_repair_mode{...}) == 1", "{{mode}}", now=True
            ),
            runbooks=["TimesketchRepairDryRun"],
        ),
        number(
            "Paused",
            "Whether an operator has paused all repairs.",
            Query("max(timesketch_exporter_repair_paused{...})"),
            meaning=_FLAG,
            runbooks=["TimesketchRepairPaused"],
        ),
        number(
            "Brake",
            "Whether the storm brake holds every repair back, because so many were orphaned at "
            "once that the broker or the exporter is suspect.",
            Query("max(timesketch_exporter_repair_brake_engaged{...})"),
            meaning=words({"0": ("released", "green"), "1": ("engaged", "red")}),
            runbooks=["TimesketchRepairBrakeEngaged"],
        ),
        number(
            "Budget left",
            "Repairs that may still be made within the current hour.",
            Query("sum(min without (instance) (timesketch_exporter_repair_budget_remaining{...}))"),
            colours=steps("red", (1, NEUTRAL)),
        ),
        number(
            "Journal",
            "Whether the journal of repairs can be read and written. Without it nothing "
            "is repaired.",
            Query("min(timesketch_exporter_journal_up{...})"),
            meaning=words({"1": ("up", "green"), "0": ("down", "red")}),
            runbooks=["TimesketchJournalDown"],
        ),
    ]


def budget() -> Panel:
    """The budget over time."""
    return lines(
        "Budget over time",
        "Repairs that may still be made within the current hour. At 0 every other is refused.",
        Query(
            "sum by (job) (min without (instance) (\n"
            "  timesketch_exporter_repair_budget_remaining{...}\n))",
            "{{job}}",
        ),
    )


def holding_back() -> Panel:
    """Those that hold everything back, over time."""
    return states(
        "What holds repairs back",
        "While one of these bands says yes, nothing is repaired.",
        Query("max(timesketch_exporter_repair_brake_engaged{...})", "brake engaged"),
        Query("max(timesketch_exporter_repair_paused{...})", "paused"),
        Query("1 - min(timesketch_exporter_journal_up{...})", "journal down"),
        meaning=_FLAG,
    )
