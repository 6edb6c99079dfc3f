"""`explain`: one timeline, with everything that speaks for its verdict, and what happened to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from exporter.commands.past import HEADLINE, past
from exporter.commands.settling import settle, youth
from exporter.commands.tables import STYLES, printable
from exporter.commands.terminal import output, remarks
from exporter.errors import Exit, NotProcessingError
from exporter.judge.meanings import MEANINGS
from exporter.repair.targets import timeline_of
from exporter.web.times import age_text, utc_text
from exporter.web.views.progress import progress_text

if TYPE_CHECKING:
    import argparse

    from exporter.settings import Settings
    from exporter.snapshot import DataSource, JudgedAnalysis, Judgement


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Explain the timeline `options.timeline`.

    Raises `NotProcessingError` if it is not at work, and nothing is known of its past.
    """
    wanted: int = options.timeline
    judgement = settle(settings, lambda judged: timeline_of(judged) == wanted)
    before = past(settings, wanted)
    try:
        output().print(story(judgement, wanted))
    except NotProcessingError as error:
        if not before.plain.startswith(HEADLINE):
            raise
        output().print(printable(f"{error}"))
    if before:
        output().print()
        output().print(before)
    remark = youth(judgement, settings.judge.grace)
    if remark is not None:
        remarks().print(remark)
    return Exit.OK


def story(judgement: Judgement, timeline_id: int) -> Text:
    """Everything about one timeline, for reading from top to bottom."""
    judged = next((item for item in judgement.timelines if timeline_of(item) == timeline_id), None)
    if judged is None:
        message = (
            f"timeline {timeline_id} is not processing: it is finished, failed or archived, "
            "its sketch is no longer alive, or it does not exist"
        )
        raise NotProcessingError(message)
    timeline = judged.timeline
    text = Text()
    text.append(
        f"Timeline {timeline_id} {printable(timeline.name)!r} of sketch {timeline.sketch_id}"
    )
    text.append("\nis ")
    text.append(judged.verdict.upper(), STYLES.get(judged.verdict, "bold"))
    text.append(f": {MEANINGS[judged.verdict]}.\n\n")
    _line(text, "Processing since", _moment(judged.since, judgement.at))
    _line(text, "Worker", judged.worker or "none known")
    _line(
        text,
        "Task" if len(judged.task_ids) == 1 else "Tasks",
        ", ".join(judged.task_ids) or "none seen",
    )
    progress = progress_text(judged.progress)
    if progress is not None:
        _line(text, "In OpenSearch", progress)
    _line(text, "Scanned at", utc_text(judgement.at))
    _bullets(text, "Why", judged.reasons)
    _bullets(text, "Data sources", [_data_source(source) for source in timeline.data_sources])
    analyses = [item for item in judgement.analyses if timeline_of(item) == timeline_id]
    _bullets(text, "Unfinished analyses of it", [_analysis(item) for item in analyses])
    if not judgement.complete:
        _bullets(text, "The evidence is incomplete", judgement.incomplete_because)
    text.rstrip()
    return text


def _line(text: Text, label: str, value: str) -> None:
    text.append(f"{label:<18}", "bold")
    text.append(f"{printable(value)}\n")


def _bullets(text: Text, title: str, lines: tuple[str, ...] | list[str]) -> None:
    if not lines:
        return
    text.append(f"\n{title}\n", "bold")
    for line in lines:
        text.append(f"  - {printable(line)}\n")


def _moment(moment: float, now: float) -> str:
    return f"{utc_text(moment)} ({age_text(now - moment)} ago)"


def _data_source(source: DataSource) -> str:
    kind = "streamed" if source.streamed else "file"
    status = source.status or "without a status"
    return (
        f"{source.data_source_id} ({kind}): {status} for {age_text(source.status_age)}, "
        f"made {age_text(source.created_age)} ago"
    )


def _analysis(judged: JudgedAnalysis) -> str:
    reasons = "; ".join(judged.reasons)
    analysis = judged.analysis
    return f"{analysis.analysis_id} {analysis.analyzer}: {judged.verdict} ({reasons})"
