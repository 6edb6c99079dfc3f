"""`scan`: what is where, printed once or redrawn until Ctrl-C."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.live import Live

from exporter.commands.document import document
from exporter.commands.passes import everything
from exporter.commands.settling import settle, youth
from exporter.commands.tables import report, screen
from exporter.commands.terminal import hush_log, output, remarks
from exporter.errors import Exit, SettingsError
from exporter.judge import Memory, judge
from exporter.repair.targets import sketch_of
from exporter.service.build import build_observer, rules_of
from exporter.service.loop import delay
from exporter.snapshot import Verdict

if TYPE_CHECKING:
    import argparse

    from exporter.settings import Settings
    from exporter.snapshot import Judgement


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print one judged scan; the exit code says what was found.

    Options: `sketch` (int or None), `output` (table or json), `watch`.
    """
    if options.watch:
        return _watch(settings, options)
    judgement = of_sketch(
        settle(settings, lambda judged: options.sketch in {None, sketch_of(judged)}),
        options.sketch,
    )
    if options.output == "json":
        print(document(judgement))
    else:
        output().print(report(judgement))
    remark = youth(judgement, settings.judge.grace)
    if remark is not None:
        remarks().print(remark)
    return exit_code(judgement)


def exit_code(judgement: Judgement) -> Exit:
    """An orphan that was found is one, however incomplete the rest of the evidence is."""
    if any(judged.verdict is Verdict.ORPHANED for judged in everything(judgement)):
        return Exit.ORPHANS
    return Exit.OK if judgement.complete else Exit.INCOMPLETE


def of_sketch(judgement: Judgement, sketch: int | None) -> Judgement:
    """The judgement with the timelines and analyses of one sketch only; None means all."""
    if sketch is None:
        return judgement
    return replace(
        judgement,
        timelines=tuple(item for item in judgement.timelines if sketch_of(item) == sketch),
        analyses=tuple(item for item in judgement.analyses if sketch_of(item) == sketch),
    )


def _watch(settings: Settings, options: argparse.Namespace) -> int:
    if options.output == "json":
        message = "--watch redraws a terminal: leave out --output json"
        raise SettingsError(message)
    if not sys.stdout.isatty():
        message = "--watch redraws a terminal, and standard output is none"
        raise SettingsError(message)
    hush_log(settings)
    observer, rules, memory = build_observer(settings), rules_of(settings), Memory.empty()
    judgement: Judgement | None = None
    try:
        with Live(console=output(), auto_refresh=False, screen=True) as live:
            while True:
                started = time.monotonic()
                judgement, memory = judge(observer.observe(memory.task_ids), memory, rules)
                judgement = of_sketch(judgement, options.sketch)
                live.update(screen(judgement), refresh=True)
                time.sleep(delay(started, settings.scan.interval, time.monotonic()))
    except KeyboardInterrupt:
        return Exit.OK if judgement is None else exit_code(judgement)
    finally:
        observer.close()
