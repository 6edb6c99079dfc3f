"""Repairs become series, and nothing is claimed that the journal did not say."""

from __future__ import annotations

from exporter.metrics import repair_catalogue
from exporter.metrics.published import JournalFigures, RepairFigures
from exporter.metrics.repair import render
from exporter.repair.guards import Mode
from exporter.repair.records import Guard, Outcome
from exporter.repair.rows import Target

FIGURES = RepairFigures(
    "enforce",
    JournalFigures(
        {("timeline", "applied"): 3},
        {"budget": 2},
        paused=True,
        brake_engaged=False,
        budget_remaining=17,
    ),
)


def series(figures: RepairFigures) -> dict[tuple[str, ...], float]:
    """The rendered series by name (without our prefix) and label values."""
    return {
        (
            sample.name.removeprefix("timesketch_exporter_"),
            *(value for _, value in sorted(sample.labels.items())),
        ): sample.value
        for family in render(figures)
        for sample in family.metric().samples
    }


def test_labels_are_the_words_of_repair() -> None:
    """The catalogue's label values are those of the values that the repair room speaks in."""
    assert tuple(Target) == repair_catalogue.REPAIR_TARGETS
    assert tuple(Outcome) == repair_catalogue.REPAIR_OUTCOMES
    assert tuple(Guard) == repair_catalogue.REPAIR_GUARDS
    assert tuple(Mode) == repair_catalogue.REPAIR_MODES


def test_what_the_journal_counts_is_told() -> None:
    """Counts are the journal's, and label values that never happened are 0."""
    found = series(FIGURES)
    assert found["repairs_total", "applied", "timeline"] == 3
    assert found["repairs_total", "failed", "analysis"] == 0
    assert found["repair_refusals_total", "budget"] == 2
    assert found["repair_refusals_total", "brake"] == 0
    assert found["repair_mode", "enforce"] == 1
    assert found["repair_mode", "off"] == 0
    assert (found["repair_paused",], found["repair_brake_engaged",]) == (1, 0)
    assert found["repair_budget_remaining",] == 17
    assert found["journal_up",] == 1


def test_without_a_journal_nothing_is_counted() -> None:
    """While the journal cannot be used there are only the mode and that it cannot."""
    found = series(RepairFigures("off"))
    assert {name for name, *_ in found} == {"repair_mode", "journal_up"}
    assert found["journal_up",] == 0
    assert found["repair_mode", "off"] == 1
