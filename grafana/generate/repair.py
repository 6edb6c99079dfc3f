"""The dashboard *Timesketch repair*: what was repaired, what was refused, what holds it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana.generate import evidence, guards, orphans, webhook
from grafana.generate.colours import OUTCOMES, steps
from grafana.generate.frame import band, dashboard, section
from grafana.generate.numbers import number
from grafana.generate.queries import Query, journalled
from grafana.generate.series import bars

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Dashboard, Panel

UID = "timesketch-repair"


def repair() -> Dashboard:
    """Make the dashboard."""
    return dashboard(
        uid=UID,
        title="Timesketch repair",
        description="From a lost import to its repair: how long it takes, what the guards refuse, "
        "what the webhook gets, and whether scans see enough.",
        sections=(
            section("", band(4, *((3, panel) for panel in (*guards.now(), *_totals())))),
            section(
                "Loop", band(6, (5, _usual_loop()), (5, _longest_loop()), (14, orphans.history()))
            ),
            section(
                "Repairs",
                band(8, (12, _repairs()), (12, _refusals())),
                band(6, (12, guards.budget()), (12, guards.holding_back())),
            ),
            section(
                "Webhook and console",
                band(8, *((8, panel) for panel in webhook.deliveries())),
                band(6, *((8, panel) for panel in webhook.remarkable())),
            ),
            section(
                "Scan health",
                band(7, (12, evidence.sources()), (12, evidence.ages())),
                band(8, *((8, panel) for panel in evidence.details())),
            ),
            section("History", band(7, *((8, panel) for panel in evidence.history()))),
        ),
    )


def _totals() -> list[Panel]:
    def ended(outcomes: str) -> Query:
        return Query(
            "sum(max without (instance) (\n"
            f"  increase(timesketch_exporter_repairs_total{{..., {outcomes}}}[$__range])\n))",
            now=True,
        )

    return [
        number(
            "Applied",
            "Repairs and undos that were written in this time range.",
            ended('outcome="applied"'),
        ),
        number(
            "Failed",
            "Repairs of this time range that did not come to their end. The journal says why.",
            ended('outcome=~"failed|abandoned"'),
            colours=steps("green", (1, "red")),
            runbooks=["TimesketchRepairFailed"],
        ),
        evidence.last_complete_scan(),
    ]


def _usual_loop() -> Panel:
    return number(
        "From orphaned to repaired, on average",
        "How long the orphans of this time range were published as such, of those that are none "
        "any more: by a repair, or because somebody else put them right.",
        Query(f"avg(\n{orphans.REPAIRED}\n)", now=True),
        unit="s",
        without="none",
    )


def _longest_loop() -> Panel:
    return number(
        "From orphaned to repaired, at most",
        "The longest of these times. Orphans that a guard holds back, or that were left in "
        "dry-run, make it long.",
        Query(f"max(\n{orphans.REPAIRED}\n)", now=True),
        unit="s",
        without="none",
    )


def _repairs() -> Panel:
    return bars(
        "Repairs by outcome",
        "What became of repairs and undos, whoever asked for them: the webhook, the console or the "
        "command line.",
        journalled("timesketch_exporter_repairs_total", "outcome"),
        colours=OUTCOMES,
    )


def _refusals() -> Panel:
    return bars(
        "Refusals by guard",
        "A repair that two guards refused counts for both. What mode, protected and cool-down "
        "refuse is meant to be refused.",
        journalled("timesketch_exporter_repair_refusals_total", "guard"),
        runbooks=["TimesketchRepairsRefused"],
    )
