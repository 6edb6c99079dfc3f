"""How many repairs ended how, for the metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from exporter.repair.journal.damage import telling_damage
from exporter.repair.journal.tables import OUTCOME, REPAIR
from exporter.repair.records import Guard, Outcome, Tally
from exporter.repair.rows import Target

if TYPE_CHECKING:
    from sqlalchemy import Connection


@telling_damage
def read_tally(connection: Connection) -> Tally:
    """Count the whole journal."""
    outcomes = dict.fromkeys(((target, outcome) for target in Target for outcome in Outcome), 0)
    refusals = dict.fromkeys(Guard, 0)
    counted = connection.execute(
        select(REPAIR.c.target, OUTCOME.c.outcome, OUTCOME.c.guards, func.count())
        .join_from(OUTCOME, REPAIR, OUTCOME.c.repair_id == REPAIR.c.repair_id)
        .group_by(REPAIR.c.target, OUTCOME.c.outcome, OUTCOME.c.guards)
    )
    for target, outcome, guards, number in counted:
        outcomes[Target(target), Outcome(outcome)] += number
        for guard in filter(None, guards.split(",")):
            refusals[Guard(guard)] += number
    return Tally(outcomes=outcomes, refusals=refusals)
