"""What `check` says about workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.errors import BrokerUnreachableError
from exporter.observe.workers_check import check_workers
from exporter.snapshot import Consumer, Heard, HeartbeatReading, WorkerReply, WorkersReading

if TYPE_CHECKING:
    from exporter.snapshot import Finding, Wanted

ANSWER = WorkerReply("a@h", (), active=1, reserved=2, scheduled=0, pool="prefork", processes=4)
CONSUMER = Consumer(6, "10.0.0.5:4000", "", age=90.0, idle=0.0, blocked=True)
STRANGER = Consumer(9, "10.0.0.9:4000", "flower", age=90.0, idle=80.0, blocked=False)


class Asked:
    """Workers whose answer is known beforehand."""

    def __init__(self, reading: WorkersReading | None) -> None:
        self.reading = reading

    def ask(self, wanted: Wanted | None = None) -> WorkersReading:
        """Answer, or fail."""
        assert wanted is None
        if self.reading is None:
            raise BrokerUnreachableError("the broker redis://b does not answer: refused")
        return self.reading

    def queues_consumed(self) -> frozenset[str]:
        """Consume nothing."""
        return frozenset()

    def close(self) -> None:
        """Nothing is open."""


def check(
    reading: WorkersReading | None, heartbeats: HeartbeatReading | None = None
) -> list[Finding]:
    """Return the findings on a reading."""
    return list(check_workers(Asked(reading), heartbeats or HeartbeatReading()))


def test_an_answering_worker_is_fine() -> None:
    """One line says what it holds and how large it is."""
    (finding,) = check(WorkersReading((ANSWER,), receivers=1, consumers=(CONSUMER,)))
    text = "a@h answers: 1 active, 2 reserved, 0 scheduled, pool prefork of 4"
    assert (finding.level, finding.text) == ("ok", text)


def test_a_broker_that_is_away_is_a_failure() -> None:
    """The error's line is the finding."""
    (finding,) = check(None)
    assert (finding.level, "does not answer" in finding.text) == ("failure", True)


def test_a_stranger_is_named() -> None:
    """The consumer that idles longest is the one too many."""
    reading = WorkersReading((ANSWER,), receivers=1, consumers=(CONSUMER, STRANGER))
    warnings = [each.text for each in check(reading) if each.level == "warning"]
    assert len(warnings) == 1
    assert "10.0.0.9:4000 named flower" in warnings[0]
    assert "80 s" in warnings[0]


def test_a_name_that_was_left_behind_is_told() -> None:
    """A binding without a connection is a worker that was killed."""
    bound = frozenset({"a@h", "gone@h"})
    reading = WorkersReading((ANSWER,), receivers=1, bound=bound, consumers=(CONSUMER,))
    assert any("without saying goodbye" in each.text for each in check(reading))


def test_a_malformed_worker_is_a_warning() -> None:
    """It is not listed among those that answer."""
    reading = WorkersReading((ANSWER,), receivers=1, consumers=(CONSUMER,), malformed=("a@h",))
    findings = check(reading)
    assert not any(" answers: " in finding.text for finding in findings)
    assert any("rename one" in finding.text for finding in findings)


def test_clocks_that_are_apart_are_told() -> None:
    """Both ways, above five seconds."""
    heard = {
        name: Heard(name, clock_offset=offset)
        for name, offset in {"fast@h": 61.0, "slow@h": -7.0, "right@h": 1.0}.items()
    }
    findings = check(WorkersReading((ANSWER,), receivers=1), HeartbeatReading(heard))
    clocks = [finding.text for finding in findings if finding.name == "clocks"]
    assert clocks == [
        "the clock of fast@h is 61 s ahead of the exporter's",
        "the clock of slow@h is 7 s behind the exporter's",
    ]


def test_a_broker_without_counts_is_told() -> None:
    """Behind RabbitMQ silence cannot be told from absence."""
    assert any("cannot count" in finding.text for finding in check(WorkersReading((ANSWER,))))
