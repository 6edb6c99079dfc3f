"""`tsctl stuck-timelines` in the real Timesketch, asking the real exporter."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.timesketch.postgres_session import Tables  # noqa: TC001  of a dataclass's field
from tests.timesketch.tsctl import Done, Tsctl

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.exporter_command import Evidence, Exporter
    from tests.timesketch.environment import Environment
    from tests.timesketch.installation import Installation

TOKENS = {name: f"{name}-{'0123456789abcdef' * 2}" for name in ("ann", "vic", "nobody")}


@dataclass(frozen=True, slots=True)
class Story:
    """Two lost imports, each in a sketch of its own, and what tsctl said at each step."""

    first: int
    second: int
    lost: Evidence
    before: Tables
    listed: Done
    dry_run: Done
    viewer: Done
    stranger: Done
    untouched: Tables
    typed: Done
    statuses: tuple[str, str]
    answered: Done
    statuses_at_last: tuple[str, str]
    nothing: Done
    journal: list[dict[str, Any]]


@pytest.fixture(scope="module")
def story(
    environment: Environment,
    install: Callable[..., Installation],
    attach: Callable[..., Exporter],
    tmp_path_factory: pytest.TempPathFactory,
) -> Story:
    """A worker is killed while it imports two files; ann may repair, vic may look."""
    directory = tmp_path_factory.mktemp("tsctl")
    tokens = directory / "tokens"
    tokens.write_text("".join(f"{name} {TOKENS[name]}\n" for name in ("ann", "vic")))
    for name, token in TOKENS.items():
        (directory / name).write_text(f"{token}\n")
    timesketch = install()
    exporter = attach(
        timesketch,
        web__tokens_file=str(tokens),
        web__operators="ann",
        web__metrics_public="true",
        repair__mode="enforce",
    )
    run = partial(
        Tsctl(environment, directory).run,
        "stuck-timelines",
        configuration=timesketch.configuration,
        TIMESKETCH_EXPORTER_API_URL=exporter.serve.url,
        TIMESKETCH_EXPORTER_API_TOKEN_FILE=str(directory / "ann"),
    )
    sketch = timesketch.api.new_sketch("first")
    victim = timesketch.worker("victim")
    victim.wait_ready()
    first = timesketch.upload_running(sketch, "first", held="first")
    second = timesketch.upload_running(timesketch.api.new_sketch("second"), "second", held="second")
    victim.kill()
    lost = exporter.evidence()

    before = timesketch.database.everything()
    listed = run()
    dry_run = run("--sketch", str(sketch), "--dry-run")
    viewer = run("--repair", "--yes", "--token-file", str(directory / "vic"))
    stranger = run("--token-file", str(directory / "nobody"))
    untouched = timesketch.database.everything()
    typed = run("--sketch", str(sketch), "--repair", typed="repair 1")
    statuses = timesketch.status(first), timesketch.status(second)
    answered = run("--repair", "--yes")
    statuses_at_last = timesketch.status(first), timesketch.status(second)
    exporter.evidence()
    return Story(
        first=first,
        second=second,
        lost=lost,
        before=before,
        listed=listed,
        dry_run=dry_run,
        viewer=viewer,
        stranger=stranger,
        untouched=untouched,
        typed=typed,
        statuses=statuses,
        answered=answered,
        statuses_at_last=statuses_at_last,
        nothing=run(),
        journal=exporter.journal(),
    )


def test_listed(story: Story) -> None:
    """What the killed worker imported is listed with the exporter's reasons, and the exit is 3."""
    assert story.lost.timeline(story.first) == ("orphaned", "orphaned")
    assert story.listed.exit_code == 3, story.listed.errors
    rows = [line.split() for line in story.listed.output.splitlines() if line[:1].isdigit()]
    assert {row[0] for row in rows} == {str(story.first), str(story.second)}
    assert {"first", "second"} <= {word for row in rows for word in row}
    assert "in queue celery" in story.listed.output or "is dead" in story.listed.output


def test_dry_run(story: Story) -> None:
    """A dry run shows what would become of the one sketch's timeline."""
    assert story.dry_run.exit_code == 0, story.dry_run.errors
    assert f"timeline {story.first}: processing → fail" in story.dry_run.output
    assert f"timeline {story.second}" not in story.dry_run.output
    assert "guards   go ahead" in story.dry_run.output


def test_a_viewer(story: Story) -> None:
    """Who is no operator is told so in one line."""
    assert story.viewer.exit_code == 1
    (line,) = story.viewer.errors.splitlines()[-1:]
    assert "does not allow this" in line


def test_a_stranger(story: Story) -> None:
    """A token that is not in the exporter's file is told in one line."""
    assert story.stranger.exit_code == 1
    assert story.stranger.errors.splitlines()[-1].endswith("does not know this token")


def test_untouched(story: Story) -> None:
    """None of these has written anything to Timesketch's database."""
    assert story.untouched == story.before


def test_typed(story: Story) -> None:
    """Once the plan's confirmation is typed, the one sketch's timeline is repaired."""
    assert story.typed.exit_code == 0, story.typed.errors
    assert "applied" in story.typed.output
    assert story.statuses == ("fail", "processing")


def test_yes(story: Story) -> None:
    """With `--yes` everything that is left is repaired."""
    assert story.answered.exit_code == 0, story.answered.errors
    assert story.statuses_at_last == ("fail", "fail")


def test_nothing_left(story: Story) -> None:
    """Then nothing is stuck any more."""
    assert story.nothing.exit_code == 0, story.nothing.errors
    assert story.nothing.output == "No timeline is known to be stuck.\n"


def test_the_journal(story: Story) -> None:
    """The journal names whose token it was, and that the API was used."""
    applied = [entry for entry in story.journal if entry["outcome"] == "applied"]
    assert [entry["target_id"] for entry in applied] == [story.first, story.second]
    assert {(entry["actor"], entry["trigger"]) for entry in applied} == {("ann", "api")}
    assert applied[0]["repair_id"] in story.typed.output
