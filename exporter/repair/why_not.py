"""What must not be terminated, since the guards would not let the repair through that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.repair.choice import Choice
from exporter.repair.rows import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.repair.engine import Engine
    from exporter.repair.revoke import Revocation
    from exporter.snapshot import Judgement


def why_not(
    engine: Engine, judgement: Judgement, orders: Mapping[int, Revocation]
) -> dict[int, str]:
    """Of the timelines (by id) of these orders, those that may not be repaired, with the reason.

    Raises as `Engine.foresee` does.
    """
    if not orders:
        return {}
    now = engine.foresee(judgement, Choice(tuple(orders)).wants, orders)
    reasons = {each.target_id: each.reason for each in now.plan.not_planned}
    for repair in now.plan.repairs:
        refusals = now.decisions[repair.repair_id].refusals
        if refusals and repair.target is Target.TIMELINE:
            reasons[repair.target_id] = "; ".join(each.reason for each in refusals)
    return reasons
