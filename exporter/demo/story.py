"""The story that the demonstration tells, scene by scene, and whether it came out as told."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

from exporter.demo.alarm import Alarm
from exporter.demo.audience import Audience
from exporter.demo.cast import (
    ANALYSED,
    ARCHIVED,
    BEHIND,
    BROKEN,
    DOOMED,
    EVERYTHING,
    FINISHED,
    IMPORT_1,
    IMPORT_2,
    LOST,
    NEXT,
    SHORTENED,
)
from exporter.demo.last_act import LastAct
from exporter.demo.told import arrows, came_out
from exporter.demo.witness import Witness
from exporter.errors import DemoStoryError, Exit

if TYPE_CHECKING:
    from exporter.demo.processes import Process
    from exporter.demo.screen import Screen
    from exporter.demo.stage import Stage
    from exporter.demo.stopping import Stopping


class Story:
    """Plays the scenes on a stage, waits for what each must lead to, and shows it all."""

    def __init__(self, stage: Stage, screen: Screen, stopping: Stopping) -> None:
        self._stage = stage
        self._screen = screen
        self._stopping = stopping
        self._workers: dict[str, Process] = {}

    def begin(self, port: int) -> None:
        """Start the servers, and the exporter on `port`."""
        self._screen.scene("PostgreSQL and Valkey start, with Timesketch's tables and no timeline.")
        self._stage.start_servers()
        self._stopping.check()
        flags = " ".join(f"--{name}={value}" for name, value in SHORTENED.items())
        self._screen.scene(f"The exporter starts: timesketch-exporter serve {flags}")
        exporter = self._stage.attach_exporter(port)
        self._witness = Witness(self._stage, self._stage.watch(), exporter)
        self._audience = Audience(
            self._stage, self._screen, self._stopping, exporter, self._witness
        )
        self._audience.look_until(
            lambda: [] if self._witness.published.scanned else ["the exporter does not scan"]
        )

    def play(self, *, pause: float) -> None:
        """Tell the story with `pause` seconds after each scene.

        Raises DemoStoryError where it comes out otherwise, StoppedError where somebody leaves.
        """
        last_act = LastAct(self._stage, self._screen, self._audience)
        alarm = Alarm(self._stage, self._screen, self._audience, kill=self._kill_first)
        for scene in (
            self._former_days,
            self._nobody_is_up,
            self._first_worker,
            self._second_worker,
            self._silence,
            self._lost_message,
            self._kill,
            self._shutdown,
            self._return,
            self._second_opinion,
            last_act.dry_run,
            last_act.repair,
            last_act.undo,
            last_act.repair_for_good,
            last_act.journal,
            alarm.watch,
            alarm.die,
            alarm.explain,
        ):
            scene()
            self._audience.look_on(pause)
        self._compare()
        self._screen.scene("The end: every verdict and every repair came out as told.")

    def stay(self) -> None:
        """Keep what is shown fresh until StoppedError."""
        self._screen.scene("All of it stays up, for you to look around. Ctrl-C ends it.")
        self._audience.stay()

    def _former_days(self) -> None:
        self._screen.scene(
            "Of former days: one timeline ready, one failed, and one that says processing in an "
            "archived sketch, where nobody waits for it."
        )
        self._stage.end_import(FINISHED, "ready")
        self._stage.end_import(BROKEN, "fail")
        self._stage.commit(ARCHIVED)
        self._audience.expect({FINISHED: "ready", BROKEN: "fail"})

    def _nobody_is_up(self) -> None:
        self._screen.scene(
            f"Five files are uploaded into “{DOOMED.sketch}”. No worker is up, but their "
            "messages wait in Redis: queued."
        )
        for upload in (DOOMED, *BEHIND):
            self._stage.upload(upload)
        self._audience.expect(dict.fromkeys((DOOMED, *BEHIND), "queued"))

    def _first_worker(self) -> None:
        self._screen.scene(
            f"{IMPORT_1} starts. It works on one file and prefetches the other four."
        )
        self._start(IMPORT_1)
        self._audience.expect({DOOMED: "running", **dict.fromkeys(BEHIND, "reserved")})

    def _second_worker(self) -> None:
        self._screen.scene(
            f"{IMPORT_2} starts and takes two more files. Behind the first, two analyses wait."
        )
        self._start(IMPORT_2)
        self._stage.upload(ANALYSED)
        self._audience.expect({ANALYSED: "running"})
        self._stage.upload(NEXT)
        self._audience.expect({NEXT: "reserved"}, analyses={ANALYSED: "waiting"})

    def _silence(self) -> None:
        self._screen.scene(
            f"{IMPORT_2} falls silent (SIGSTOP). No answer is not a no: its files are unknown, "
            "not orphaned. Then it goes on (SIGCONT)."
        )
        self._workers[IMPORT_2].send(signal.SIGSTOP)
        try:
            self._audience.expect(
                {ANALYSED: "unknown", NEXT: "unknown"}, workers={IMPORT_2: "wedged"}
            )
        finally:
            self._workers[IMPORT_2].send(signal.SIGCONT)
        self._audience.expect({ANALYSED: "running", NEXT: "reserved"}, workers={IMPORT_2: "up"})

    def _lost_message(self) -> None:
        self._screen.scene(
            "The web server dies between its commit and its message: the rows say processing, "
            "but no task exists. For now that is merely suspect, since every upload begins so."
        )
        self._stage.commit(LOST)
        self._audience.expect({LOST: "suspect"})

    def _kill(self) -> None:
        self._screen.scene(
            f"{IMPORT_1} is killed while it imports (SIGKILL). In the database nothing changes."
        )
        self._kill_first()
        self._audience.expect(
            {DOOMED: "orphaned", **dict.fromkeys(BEHIND, "parked"), LOST: "orphaned"},
            workers={IMPORT_1: "dead"},
        )

    def _shutdown(self) -> None:
        self._screen.scene(
            f"{IMPORT_2} is told to stop (SIGTERM). From now on it answers nobody, yet finishes "
            "its import first: draining, then ready. What it had prefetched goes back."
        )
        self._workers[IMPORT_2].send(signal.SIGTERM)
        self._audience.expect({ANALYSED: "draining"}, workers={IMPORT_2: "draining"})
        self._stage.release(ANALYSED)
        self._audience.expect({ANALYSED: "ready", NEXT: "queued"})

    def _return(self) -> None:
        self._screen.scene(
            f"{IMPORT_1} comes back. It imports what waits and runs the analyses. The orphans stay "
            "what they are: no worker will ever touch them again."
        )
        self._stage.release(NEXT)
        self._start(IMPORT_1)
        self._audience.expect(
            {NEXT: "ready"}, analyses={ANALYSED: "DONE"}, workers={IMPORT_1: "up"}
        )

    def _second_opinion(self) -> None:
        self._screen.scene(
            "A second opinion: timesketch-exporter scan, which has seen nothing of all this, finds "
            f"the same two orphans and exits with {Exit.ORPHANS:d}."
        )
        printed = self._audience.command("scan", "--output=json", ends_with=Exit.ORPHANS)
        found = {each["timeline_id"]: each["verdict"] for each in json.loads(printed)["timelines"]}
        if found != self._witness.published.timelines:
            msg = f"scan found {found}, /metrics has {self._witness.published.timelines}"
            raise DemoStoryError(msg)

    def _compare(self) -> None:
        """Raise unless each timeline went through just those states that are told of it."""
        for upload in EVERYTHING:
            seen = self._witness.seen[upload]
            if not came_out(upload.told, seen):
                told = upload.told or "nothing"
                msg = f"{upload.name}: told was {told}, seen was {arrows(seen)}"
                raise DemoStoryError(msg)

    def _kill_first(self) -> None:
        self._workers[IMPORT_1].kill()

    def _start(self, name: str) -> None:
        self._workers[name] = self._stage.start_worker(name)
