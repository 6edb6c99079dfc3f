"""How repairs stand is shown as far as it is known, and may be."""

from __future__ import annotations

from exporter.metrics.published import RepairFigures
from exporter.repair.guarding import Mode, Standing
from exporter.repair.records import Pause
from exporter.web.views.guards import MODES, PauseShown, guards_of
from tests.judgements import AT

STANDING = Standing(Mode.ENFORCE, Pause(AT, "root@host", "case 0815"), True, AT, 0, AT)  # noqa: FBT003


def test_everything_is_shown_to_those_who_sign_in() -> None:
    """Mode, pause with its reason, brake and budget are there."""
    guards = guards_of(RepairFigures("enforce"), STANDING, names=True)
    assert (guards.mode, guards.mode_tone, guards.journal_up) == ("enforce", "good", True)
    assert guards.pause == PauseShown(AT, "root@host", "case 0815")
    assert (guards.brake_engaged, guards.budget_remaining) == (True, 0)


def test_what_somebody_wrote_is_left_out_for_everybody_else() -> None:
    """The reason of a pause is not for those who do not sign in."""
    pause = guards_of(RepairFigures("enforce"), STANDING, names=False).pause
    assert pause == PauseShown(AT, "root@host", "")


def test_without_the_journal_only_the_mode_is_known() -> None:
    """While the journal is away nothing but the mode is claimed."""
    guards = guards_of(RepairFigures("off"), None, names=True)
    assert not guards.journal_up
    assert (guards.pause, guards.budget_remaining) == (None, None)


def test_each_mode_has_its_words() -> None:
    """Every mode is explained."""
    assert set(MODES) == {mode.value for mode in Mode}
