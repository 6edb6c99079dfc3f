"""`tsctl stuck-timelines --repair` and `--dry-run`: the plan, the question, what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.tsctl.made_up import applied, entry, left_out, plan, repair, timeline

if TYPE_CHECKING:
    from tests.integration.tsctl.command import Command
    from tests.integration.tsctl.contract import Contract
    from tests.integration.tsctl.made_up import Json

UNDO = "To take one back: timesketch-exporter undo REPAIR"


@pytest.fixture(autouse=True)
def _two(contract: Contract) -> None:
    contract.plan = plan(repair(4), repair(5))
    contract.applied = applied(entry(4, "applied"), entry(5, "applied"))


def paths(contract: Contract) -> list[str]:
    """What was asked, without the API's prefix."""
    return [asked.path.removeprefix("/api/v1/") for asked in contract.asked]


def test_dry_run(command: Command, contract: Contract) -> None:
    """`--dry-run` shows what becomes what, why, and what the guards say, and applies nothing."""
    done = command.run("--dry-run")
    assert (done.exit_code, done.errors) == (0, "")
    assert done.output.splitlines()[:5] == [
        "timeline 4 'disk.csv' of sketch 1",
        "  becomes  timeline 4: processing → fail",
        "  why      not in queue celery (0 messages read)",
        "           1 of 1 connected workers answered",
        "  guards   go ahead",
    ]
    assert "Nothing was written: --dry-run." in done.output
    assert paths(contract) == ["plans"]


def test_dry_run_wins(command: Command, contract: Contract) -> None:
    """`--dry-run` writes nothing, even with `--repair --yes`."""
    command.run("--repair", "--yes", "--dry-run")
    assert paths(contract) == ["plans"]


def test_repair(command: Command, contract: Contract) -> None:
    """With `--yes` the confirmation that the plan asks for is sent, and each outcome is told."""
    done = command.run("--repair", "--yes")
    assert (done.exit_code, done.errors) == (0, "")
    assert done.output.splitlines()[-4:] == [
        "REPAIR   OUTCOME  OF                     BECAUSE",
        "repair4  applied  timeline 4 'disk.csv'  -",
        "repair5  applied  timeline 5 'disk.csv'  -",
        UNDO,
    ]
    assert paths(contract) == ["plans", "plans/plan1/apply"]
    assert contract.asked[1].body == {"confirm": "repair 2"}


@pytest.mark.parametrize(
    ("arguments", "chosen"),
    [
        ((), {"timelines": [], "sketch": None, "all": True}),
        (("--sketch", "7"), {"timelines": [], "sketch": 7, "all": False}),
    ],
)
def test_chosen(
    command: Command, contract: Contract, arguments: tuple[str, ...], chosen: object
) -> None:
    """Everything that is stuck is planned for, or what is in one sketch."""
    command.run("--dry-run", *arguments)
    assert contract.asked[0].body == chosen


def test_typed(command: Command, contract: Contract) -> None:
    """At a terminal the repair begins once the plan's confirmation is typed."""
    done = command.run_at_a_terminal("--repair", typed="repair 2")
    assert done.exit_code == 0
    assert "Type 'repair 2' to go ahead: " in done.output
    assert paths(contract) == ["plans", "plans/plan1/apply"]


@pytest.mark.parametrize("typed", ["yes", "repair 1", ""])
def test_typed_otherwise(command: Command, contract: Contract, typed: str) -> None:
    """Anything else that is typed leaves everything as it is, with the exit code 3."""
    done = command.run_at_a_terminal("--repair", typed=typed)
    assert done.exit_code == 3
    assert "Nothing was written." in done.output
    assert paths(contract) == ["plans"]


def test_nobody_to_be_asked(command: Command, contract: Contract) -> None:
    """Without `--yes` and without a terminal nothing is even planned."""
    done = command.run("--repair")
    assert done.exit_code == 2
    assert done.errors == (
        "Error: nobody can be asked, for standard input is no terminal: give --yes\n"
    )
    assert contract.asked == []


def test_refused(command: Command, contract: Contract) -> None:
    """If guards refuse everything, they are named, nobody is asked, and nothing is applied."""
    contract.plan = plan(repair(4, ("pause", "paused by ann"), ("budget", "20 an hour")))
    done = command.run_at_a_terminal("--repair", typed="repair 0")
    assert done.exit_code == 3
    assert "  guards   pause: paused by ann\n           budget: 20 an hour\n" in done.output
    assert "Nothing was written: no repair has all guards' consent." in done.output
    assert paths(contract) == ["plans"]
    assert command.run("--dry-run").exit_code == 3


def test_mode_dry_run(command: Command, contract: Contract) -> None:
    """An exporter in the mode dry-run writes nothing; a dry run is then all that can be had."""
    contract.plan = plan(repair(4, dry_run=True))
    done = command.run("--repair", "--yes")
    assert done.exit_code == 3
    assert "  guards   dry run\n" in done.output
    assert command.run("--dry-run").exit_code == 0


@pytest.mark.parametrize(
    ("result", "exit_code", "told"),
    [
        (
            applied(entry(4, "applied"), changed=(left_out(5, "it changed"),)),
            3,
            "left alone: timeline 5: it changed",
        ),
        (
            applied(entry(4, "applied"), entry(5, "unchanged", detail="a row")),
            3,
            "repair5  unchanged  timeline 5 'disk.csv'  a row",
        ),
        (
            applied(entry(4, "refused", ("brake", "a storm"))),
            3,
            "repair4  refused  timeline 4 'disk.csv'  brake: a storm",
        ),
        (
            applied(entry(4, "applied"), entry(5, "failed", detail="no lock")),
            1,
            "repair5  failed   timeline 5 'disk.csv'  no lock",
        ),
        (
            applied(entry(4, None)),
            3,
            "repair4  under way  timeline 4 'disk.csv'  -",
        ),
    ],
)
def test_not_all_done(
    command: Command, contract: Contract, result: Json, exit_code: int, told: str
) -> None:
    """What was not done is told with its reason; 3 if it was held back, 1 if it failed."""
    contract.applied = result
    done = command.run("--repair", "--yes")
    assert done.exit_code == exit_code
    assert told in done.output


def test_stopped(command: Command, contract: Contract) -> None:
    """What stopped a repair before its end is told after what was done until then; 1."""
    contract.applied = applied(entry(4, "applied"), problem="the disk is full", not_tried=7)
    done = command.run("--repair", "--yes")
    assert done.exit_code == 1
    assert done.output.splitlines()[-1] == UNDO
    assert done.errors == "Error: the disk is full (7 more not tried)\n"


def test_not_planned(command: Command, contract: Contract) -> None:
    """What could not be planned is told, and keeps the exit code from being 0."""
    contract.plan = plan(repair(4), not_planned=(left_out(5, "it is ready"),))
    contract.applied = applied(entry(4, "applied"))
    done = command.run("--repair", "--yes")
    assert done.exit_code == 3
    assert "not planned: timeline 5: it is ready" in done.output


def test_nothing_to_repair(command: Command, contract: Contract) -> None:
    """Where the fresh scan finds nothing, there is nothing to do: 0."""
    contract.plan = plan()
    done = command.run("--repair", "--yes")
    assert done.exit_code == 0
    assert done.output == "No timeline is known to be stuck.\n"


def test_plan_is_gone(command: Command, contract: Contract) -> None:
    """A plan that was applied by somebody else or has expired is told in the exporter's words."""
    contract.timelines = [timeline(4)]
    contract.refused["/api/v1/plans/plan1/apply"] = (409, {"detail": "plan1 was applied already"})
    done = command.run("--repair", "--yes")
    assert done.exit_code == 1
    assert done.errors == (
        f"Error: the exporter at {contract.url} answered 409: plan1 was applied already\n"
    )
