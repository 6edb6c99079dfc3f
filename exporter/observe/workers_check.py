"""The lines of `check` on workers: who answers, who is silent, who else is connected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.errors import SourceError
from exporter.snapshot import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.observe.workers import Workers
    from exporter.snapshot import HeartbeatReading, WorkerReply, WorkersReading

NAME = "workers"
# Clocks that are further apart make the ages of running tasks misleading.
SKEW_AT_MOST = 5.0


def check_workers(workers: Workers, heartbeats: HeartbeatReading) -> Iterator[Finding]:
    """Ask all workers once and say how they stand.

    Nothing here is a failure but a broker that cannot be asked: an exporter may well be set up
    before its workers are.
    """
    try:
        reading = workers.ask()
    except SourceError as error:
        yield Finding(NAME, "failure", str(error))
        return
    if not reading.replies and not reading.receivers:
        yield Finding(NAME, "warning", "no worker is connected to the broker")
    for reply in reading.replies:
        if reply.worker not in reading.malformed:
            yield Finding(NAME, "ok", _answered(reply))
    for name in reading.malformed:
        text = f"{name} answers in an unknown shape, or two workers have this name; rename one"
        yield Finding(NAME, "warning", text)
    yield from _silent(reading)
    yield from _others(reading)
    yield from _clocks(heartbeats)
    if queues := workers.queues_consumed():
        yield Finding(NAME, "ok", f"queues consumed: {', '.join(sorted(queues))}")


def _answered(reply: WorkerReply) -> str:
    pool = f", pool {reply.pool}" if reply.pool else ""
    size = f" of {reply.processes}" if reply.processes else ""
    held = f"{reply.active} active, {reply.reserved} reserved, {reply.scheduled} scheduled"
    return f"{reply.worker} answers: {held}{pool}{size}"


def _silent(reading: WorkersReading) -> Iterator[Finding]:
    answered = {reply.worker for reply in reading.replies}
    absent = sorted(reading.bound - answered)
    if reading.receivers is not None:
        silent = reading.receivers - len(answered)
        if silent > 0:
            among = f" (among: {', '.join(absent)})" if absent else ""
            text = f"{silent} of {reading.receivers} connected workers did not answer{among}"
            yield Finding(NAME, "warning", text)
        elif absent:
            text = f"ended without saying goodbye, not connected any more: {', '.join(absent)}"
            yield Finding(NAME, "ok", text)


def _others(reading: WorkersReading) -> Iterator[Finding]:
    """Name the consumers that are more than those who took the question."""
    if reading.receivers is None:
        text = "this broker cannot count its workers: who is silent is known by heartbeats only"
        yield Finding(NAME, "warning", text)
        return
    if reading.consumers is None:
        text = (
            "the broker forbids CLIENT LIST: workers in shutdown are not seen; "
            "allow its user the command (ACL +client|list)"
        )
        yield Finding(NAME, "warning", text)
        return
    extra = len(reading.consumers) - reading.receivers
    # A worker waits in its pop or has just left it; whoever only once waited for replies does not.
    idle = sorted(reading.consumers, key=lambda each: each.idle, reverse=True)
    for consumer in idle[: max(0, extra)]:
        named = f" named {consumer.name}" if consumer.name else ""
        text = (
            f"the connection {consumer.address}{named} has popped from a list and is idle for "
            f"{consumer.idle:g} s: a worker in shutdown, or a client such as Flower, which "
            f"workers.ignored-clients may leave out"
        )
        yield Finding(NAME, "warning", text)


def _clocks(heartbeats: HeartbeatReading) -> Iterator[Finding]:
    for name, heard in sorted(heartbeats.workers.items()):
        offset = heard.clock_offset
        if offset is not None and abs(offset) > SKEW_AT_MOST:
            way = "ahead of" if offset > 0 else "behind"
            text = f"the clock of {name} is {abs(offset):.0f} s {way} the exporter's"
            yield Finding("clocks", "warning", text)
