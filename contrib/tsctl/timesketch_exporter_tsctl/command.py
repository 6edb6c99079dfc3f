"""tsctl stuck-timelines: what is stuck, and its repair once somebody has seen the plan."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from timesketch_exporter_tsctl import text
from timesketch_exporter_tsctl.api import Api
from timesketch_exporter_tsctl.failure import ERROR, INCOMPLETE, STUCK, Failure, UsageFailure

if TYPE_CHECKING:
    from timesketch_exporter_tsctl.api import Json


@click.command("stuck-timelines")
@click.option("--sketch", type=click.IntRange(min=1), help="Only this sketch.")
@click.option("--dry-run", is_flag=True, help="Show what a repair would do; write nothing.")
@click.option("--repair", is_flag=True, help="Repair them: set what is lost to failed.")
@click.option("--yes", is_flag=True, help="Do not ask before the repair.")
@click.option(
    "--url",
    envvar="TIMESKETCH_EXPORTER_API_URL",
    default="http://127.0.0.1:19808",
    show_default=True,
    show_envvar=True,
    help="Where timesketch-exporter's pages are.",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    envvar="TIMESKETCH_EXPORTER_API_TOKEN_FILE",
    show_envvar=True,
    help="File that holds your token for it.",
)
@click.pass_context
def stuck_timelines(
    context: click.Context,
    *,
    sketch: int | None,
    dry_run: bool,
    repair: bool,
    yes: bool,
    url: str,
    token_file: Path | None,
) -> None:
    """Show the timelines that say processing while nothing processes them.

    timesketch-exporter is asked. Exit codes: 0 none, or all repaired; 3 some, or not all
    repaired; 4 none, but the evidence is incomplete; 1 an error; 2 a mistake in the options.
    """
    api = Api(url, None if token_file is None else _token(token_file))
    try:
        if repair or dry_run:
            context.exit(_repair(api, sketch, dry_run=dry_run, yes=yes))
        context.exit(_list(api, sketch))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Failure(f"what {url} answers is not that of this API ({error!r})") from error


def _list(api: Api, sketch: int | None) -> int:
    stuck, incomplete_because = api.stuck(sketch)
    _say(text.stuck_table(stuck, _width()) if stuck else "No timeline is known to be stuck.")
    for reason in incomplete_because:
        _say(f"The evidence is incomplete: {text.printable(reason)}")
    incomplete = INCOMPLETE if incomplete_because else 0
    return STUCK if stuck else incomplete


def _repair(api: Api, sketch: int | None, *, dry_run: bool, yes: bool) -> int:
    if not (dry_run or yes or sys.stdin.isatty()):
        raise UsageFailure("nobody can be asked, for standard input is no terminal: give --yes")
    plan = api.plan(sketch)
    if not plan["repairs"] and not plan["not_planned"]:
        return _list(api, sketch)
    _say(text.plan_text(plan, _width()))
    decisions = [repair["decision"] for repair in plan["repairs"]]
    if dry_run:
        _say("\nNothing was written: --dry-run.")
        return STUCK if plan["not_planned"] or any(d["refusals"] for d in decisions) else 0
    if not any(decision["granted"] for decision in decisions):
        _say("\nNothing was written: no repair has all guards' consent.")
        return STUCK
    if not yes and not _confirmed(plan["confirm"]):
        _say("Nothing was written.")
        return STUCK
    return _told(plan, api.apply(plan))


def _confirmed(confirm: str) -> bool:
    question = f"\nType '{text.printable(confirm)}' to go ahead"
    answer: str = click.prompt(question, default="", show_default=False)
    return answer.strip() == confirm


def _told(plan: Json, result: Json) -> int:
    """Tell what became of a plan; the exit code."""
    _say("\n" + text.outcome_table(result["entries"], _width()))
    for line in text.left_out("left alone", result["changed"]):
        _say(line)
    outcomes = {entry["outcome"] for entry in result["entries"]}
    if "applied" in outcomes:
        _say("To take one back: timesketch-exporter undo REPAIR")
    if result["problem"] is not None:
        raise Failure(f"{result['problem']} ({result['not_tried']} more not tried)")
    if "failed" in outcomes:
        return ERROR
    return STUCK if plan["not_planned"] or result["changed"] or outcomes != {"applied"} else 0


def _token(file: Path) -> str:
    try:
        token = file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError as error:
        raise UsageFailure(f"{file}: {(error.strerror or str(error)).lower()}") from error
    if not (token.isascii() and token.isprintable()) or len(token.split()) != 1:
        raise UsageFailure(f"{file} should hold one token and nothing else")
    return token


def _width() -> int:
    return shutil.get_terminal_size((140, 24)).columns


def _say(words: str) -> None:
    """Print it, with what the terminal's encoding lacks spelled out."""
    click.echo(words.encode(sys.stdout.encoding, "backslashreplace").decode(sys.stdout.encoding))
