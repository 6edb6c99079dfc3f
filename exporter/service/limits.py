"""The limiter, as settings describe it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.errors import SettingsError
from exporter.service.build import broker_options, rules_of

if TYPE_CHECKING:
    from exporter.repair.revoke import Revocation
    from exporter.service.limiter import Limiter
    from exporter.service.scanner import Scanner
    from exporter.service.workshops import Workshops
    from exporter.settings import Settings


def limiter_of(settings: Settings, workshops: Workshops, scanner: Scanner) -> Limiter | None:
    """Who ends imports that are over their limit; None where nobody is to.

    Raises SettingsError where limits are to be held and none is set.
    """
    limits = settings.limits
    if not limits.enforce:
        return None
    if limits.run_plaso is None and limits.run_csv_jsonl is None:
        raise SettingsError(
            "limits.enforce does nothing without a limit: give --limits.run-plaso or "
            "--limits.run-csv-jsonl"
        )
    # Here, since few let tasks be ended, and a scrape's memory counts.
    from exporter.repair.terminate import terminate  # noqa: PLC0415
    from exporter.service.limiter import Limiter, Patience  # noqa: PLC0415

    def end(order: Revocation) -> None:
        terminate(broker_options(settings), order.task_ids, order.worker)

    rules = rules_of(settings)
    return Limiter(
        workshops.opened,
        lambda: scanner.published().judgement,
        scanner.fresh,
        end,
        patience=Patience(
            timeout=settings.repair.revoke_timeout + rules.quiet_after,
            pause=min(settings.scan.interval, rules.confirm_after / 3),
        ),
        interval=settings.scan.interval,
    )
