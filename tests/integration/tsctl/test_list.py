"""`tsctl stuck-timelines` alone: what is stuck."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.tsctl.contract import OPERATOR
from tests.integration.tsctl.made_up import REASONS, timeline

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.tsctl.command import Command
    from tests.integration.tsctl.contract import Contract


def test_nothing(command: Command) -> None:
    """Where nothing is stuck, it says so and exits with 0."""
    done = command.run()
    assert (done.exit_code, done.errors) == (0, "")
    assert done.output == "No timeline is known to be stuck.\n"


def test_stuck(command: Command, contract: Contract) -> None:
    """What is stuck is a row each, with its reasons below one another, and the exit code 3."""
    contract.timelines = [timeline(4, name="dc01.csv"), timeline(5, 2, "an export.csv")]
    done = command.run()
    assert (done.exit_code, done.errors) == (3, "")
    assert done.output.splitlines() == [
        "TIMELINE  SKETCH  SINCE (UTC)       NAME           WHY",
        f"4         1       2026-11-23 14:01  dc01.csv       {REASONS[0]}",
        f"{' ' * 51}{REASONS[1]}",
        f"5         2       2026-11-23 14:01  an export.csv  {REASONS[0]}",
        f"{' ' * 51}{REASONS[1]}",
    ]


def test_all_pages(command: Command, contract: Contract) -> None:
    """However many pages the exporter makes of it, all are shown."""
    contract.timelines = [timeline(number) for number in range(1, 6)]
    rows = [line.split()[0] for line in command.run().output.splitlines() if line[0] in "12345"]
    assert rows == ["1", "2", "3", "4", "5"]


def test_one_sketch(command: Command, contract: Contract) -> None:
    """`--sketch` leaves out those of other sketches."""
    contract.timelines = [timeline(4, 1, "mine"), timeline(5, 2, "other")]
    done = command.run("--sketch", "1")
    assert done.exit_code == 3
    assert "mine" in done.output
    assert "other" not in done.output


def test_incomplete(command: Command, contract: Contract) -> None:
    """Nothing stuck means 4 while the exporter cannot see everything, which is told."""
    contract.incomplete_because = ["1 of 2 workers answered"]
    done = command.run()
    assert done.exit_code == 4
    assert "The evidence is incomplete: 1 of 2 workers answered" in done.output


def test_stuck_though_incomplete(command: Command, contract: Contract) -> None:
    """What is proven to be stuck means 3, however incomplete the rest of the evidence is."""
    contract.timelines, contract.incomplete_because = [timeline(4)], ["no broker"]
    assert command.run().exit_code == 3


def test_the_token_is_sent(command: Command, contract: Contract, tmp_path: Path) -> None:
    """The token of the file goes along as a bearer token, whatever ~/.netrc has."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ann password secret\n")
    command.run(NETRC=str(netrc))
    assert [asked.authorization for asked in contract.asked] == [f"Bearer {OPERATOR}"]


def test_control_characters(command: Command, contract: Contract) -> None:
    """A name cannot drive the terminal: what is not printable is spelled out."""
    contract.timelines = [timeline(4, name="a\x1b[2J\u202eb\ud800")]
    assert r"a\x1b[2J\u202eb\ud800" in command.run().output


def test_a_long_name(command: Command, contract: Contract) -> None:
    """A name of ten thousand characters is cut."""
    contract.timelines = [timeline(4, name="n" * 10_000)]
    assert command.run().output.count("n" * 20) < 10


def test_no_name(command: Command, contract: Contract) -> None:
    """An exporter that keeps names to itself leaves a dash in their place."""
    contract.timelines = [timeline(4, name=None)]
    assert command.run().output.splitlines()[1].split()[4] == "-"


def test_a_terminal_without_unicode(command: Command, contract: Contract) -> None:
    """What the terminal's encoding lacks is spelled out."""
    contract.timelines = [timeline(4, name="Büro")]
    assert r"B\xfcro" in command.run(charset="ascii").output


def test_a_long_reason(command: Command, contract: Contract) -> None:
    """What is longer than the terminal is wide goes on below, set in."""
    contract.timelines = [timeline(4) | {"reasons": ["one " * 30, "another"]}]
    reasons = [line[46:] for line in command.run(COLUMNS="80").output.splitlines()]
    assert reasons[:3] == ["WHY", "one " * 7 + "one", "  " + "one " * 7 + "one"]
