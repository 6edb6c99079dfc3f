"""What a request for a repair comes to: by a fresh judgement, then by what was done. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.repair.records import Outcome
from exporter.repair.requests import Conclusion, RequestOutcome
from exporter.repair.rows import Target, newest
from exporter.repair.targets import key_of
from exporter.snapshot import JudgedTimeline, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection

    from exporter.repair.records import Entry
    from exporter.repair.requests import Asked
    from exporter.repair.targets import Judged
    from exporter.snapshot import Judgement

    _State = tuple[Target, int, int | None]

_UNSURE = frozenset({Verdict.UNKNOWN, Verdict.SUSPECT})
# What an entry makes of its request, the gravest last. One that ended otherwise changed nothing,
# and says nothing about what is now: then the request is looked at again.
_ENDS = {
    Outcome.APPLIED: RequestOutcome.REPAIRED,
    Outcome.DRY_RUN: RequestOutcome.DRY_RUN,
    Outcome.REFUSED: RequestOutcome.REFUSED,
    Outcome.FAILED: RequestOutcome.FAILED,
}
_GRAVITY = list(_ENDS.values())


@dataclass(frozen=True, slots=True)
class Wait:
    """The request stays open, since a later scan may know more."""

    why: str


@dataclass(frozen=True, slots=True)
class ToRepair:
    """What is orphaned of that which was asked for."""

    keys: frozenset[tuple[Target, int]]


def look(
    asked: Asked, judgement: Judgement, *, expired: bool, undos: Collection[Entry] = ()
) -> Conclusion | Wait | ToRepair:
    """What is to be done about a request by a judgement made after it came.

    Once it has `expired` it does not wait any more: it is left unproven, or what is orphaned is
    handed to the guards as it is. What `undos` have put back is left as somebody wanted it.
    """
    if judgement.statuses is None:
        return _unproven("Timesketch's database cannot be read", judgement, expired=expired)
    every: tuple[Judged, ...] = (*judgement.timelines, *judgement.analyses)
    concerned = [judged for judged in every if _concerns(asked, judged)]
    orphaned = [judged for judged in concerned if judged.verdict is Verdict.ORPHANED]
    taken_back = {_left_by(undo): undo for undo in undos}
    wanted = [judged for judged in orphaned if _state_of(judged) not in taken_back]
    if orphaned and not wanted:
        return _refused(asked, taken_back[_state_of(orphaned[0])])
    if wanted:
        if judgement.complete or expired:
            return ToRepair(frozenset(map(key_of, wanted)))
        return Wait(_in_words("the scan was incomplete", judgement.incomplete_because))
    unsure = [judged for judged in concerned if judged.verdict in _UNSURE]
    if unsure:
        return _unproven(f"{asked.subject} is {unsure[0].verdict}", judgement, expired=expired)
    return Conclusion(RequestOutcome.NEEDLESS, _why_needless(asked, concerned))


def conclude(entries: Collection[Entry]) -> Conclusion | None:
    """How a request ends of which these repairs were made; None if it is to be looked at again."""
    ended = [entry for entry in entries if entry.outcome in _ENDS]
    if not ended:
        return None
    outcomes = [_ENDS[entry.outcome] for entry in ended if entry.outcome is not None]
    return Conclusion(
        outcome=max(outcomes, key=_GRAVITY.index),
        detail="; ".join(map(_told, ended)),
        repairs=tuple(entry.repair.repair_id for entry in ended),
    )


def _concerns(asked: Asked, judged: Judged) -> bool:
    target, number = key_of(judged)
    return target is asked.target and asked.target_id in {None, number}


def _unproven(why: str, judgement: Judgement, *, expired: bool) -> Conclusion | Wait:
    why = _in_words(why, judgement.incomplete_because)
    return Conclusion(RequestOutcome.UNPROVEN, why) if expired else Wait(why)


def _state_of(judged: Judged) -> _State:
    """What is orphaned, in the very status that was judged."""
    about = judged.timeline if isinstance(judged, JudgedTimeline) else judged.analysis
    return (*key_of(judged), about.status_id)


def _left_by(undo: Entry) -> _State:
    """What an undo put back, in the status row that it wrote."""
    row = newest(undo.after.statuses) if undo.after is not None else None
    return (*undo.repair.key, None if row is None else row.status_id)


def _refused(asked: Asked, undo: Entry) -> Conclusion:
    return Conclusion(
        RequestOutcome.REFUSED,
        f"{asked.subject} is orphaned, but {undo.origin.actor} took repair {undo.repair.undoes} "
        "back, and nothing has changed since: repair it by hand",
    )


def _in_words(what: str, because: Collection[str]) -> str:
    return f"{what} ({'; '.join(because)})" if because else what


def _why_needless(asked: Asked, concerned: list[Judged]) -> str:
    if asked.target_id is None:
        return f"no {asked.target} is orphaned"
    if concerned:
        judged = concerned[0]
        return _in_words(f"{asked.subject} is {judged.verdict}", judged.reasons)
    status = "processing" if asked.target is Target.TIMELINE else "unfinished"
    return f"{asked.subject} is not {status}, or in no living sketch"


def _told(entry: Entry) -> str:
    repair = entry.repair
    why = "; ".join(refusal.reason for refusal in entry.refusals) or entry.detail
    told = f"repair {repair.repair_id} of {repair.target} {repair.target_id}: {entry.outcome}"
    return f"{told} ({why})" if why else told
