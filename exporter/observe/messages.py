"""From the bytes of a kombu message to the task it carries; pure."""

from __future__ import annotations

import binascii
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from exporter.observe import message_ends
from exporter.observe.message_ends import Ends, Envelope
from exporter.observe.task_message import from_queue
from exporter.observe.timesketch_tasks import (
    IMPORT_ARGUMENTS,
    NAMES,
    TELLING,
    ShapeError,
    Subject,
    followers,
    short_name,
    subject,
)
from exporter.snapshot import Sighting

if TYPE_CHECKING:
    from exporter.snapshot import Place, TaskMessage

#: From this size on, a message that is at hand whole is read by its ends first.
BIG = 64 * 1024
_HEAD, _TAIL = 8 * 1024, 128 * 1024
#: A compressed body that grows beyond this is not looked into.
_INFLATED = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Task:
    """A task of Timesketch's, or a foreign one with analyses of Timesketch's behind it.

    `delivery_tag` stays with the message through every redelivery.
    """

    delivery_tag: str
    routing_key: str
    task_id: str
    task_name: str
    subject: Subject
    followers: tuple[int, ...]
    redelivered: bool
    message: TaskMessage | None = None

    def seen(
        self,
        place: Place,
        where: str,
        *,
        age: float | None = None,
        redelivers_in: float | None = None,
    ) -> Sighting:
        """The same as something that was seen in this place; times are in seconds."""
        return Sighting(
            task_id=self.task_id,
            task_name=self.task_name,
            place=place,
            where=where,
            timeline_id=self.subject.timeline_id,
            analysis_id=self.subject.analysis_id,
            sketch_id=self.subject.sketch_id,
            index_name=self.subject.index_name,
            followers=self.followers,
            age=age,
            redelivers_in=redelivers_in,
            redelivered=self.redelivered,
            message=self.message,
        )


@dataclass(frozen=True, slots=True)
class Foreign:
    """A well-formed task that is none of Timesketch's and hides nothing."""

    delivery_tag: str
    routing_key: str
    task_name: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that cannot be understood. `why` completes "a message that is ...".

    `hides` says whether it might be a task of Timesketch's: what kombu itself could not decode
    can never reach a worker's task and hides nothing.
    """

    delivery_tag: str | None
    routing_key: str | None
    why: str
    hides: bool = True


Parsed = Task | Foreign | Unreadable


@dataclass(frozen=True, slots=True)
class NeedsMore:
    """The ends do not suffice; the whole message has to be read. The tag is None if not seen."""

    delivery_tag: str | None


def read_message(raw: bytes) -> Parsed:
    """Return what an element of a queue, or a value of the `unacked` hash, carries."""
    if len(raw) > BIG:
        parsed = read_ends(Ends(len(raw), raw[:_HEAD], raw[-_TAIL:]))
        if not isinstance(parsed, NeedsMore):
            return parsed
    try:
        decoded = json.loads(raw)
    except (ValueError, RecursionError):
        return Unreadable(None, None, "not JSON", hides=False)
    routing_key = None
    if isinstance(decoded, list) and len(decoded) == 3:  # noqa: PLR2004 - as kombu's QoS writes it
        decoded, _, routing_key = decoded
    if not isinstance(decoded, dict) or not isinstance(decoded.get("properties"), dict):
        return Unreadable(None, None, "not a message of kombu's", hides=False)
    return _with_label(decoded, routing_key).parse()


def read_ends(ends: Ends) -> Parsed | NeedsMore:
    """Return what a long message carries, judging by its ends."""
    seen = message_ends.envelope(ends)
    if seen is None:
        return NeedsMore(None)
    return _with_label(seen.message, seen.routing_key).parse_ends(seen)


def _with_label(message: dict[str, Any], routing_key: object) -> _Label:
    headers, properties = message.get("headers"), message["properties"]
    if not isinstance(headers, dict):
        headers = {}
    delivery = properties.get("delivery_info")
    if not isinstance(delivery, dict):
        delivery = {}
    if routing_key is None:
        routing_key = delivery.get("routing_key")
    redelivered = headers.get("redelivered") or delivery.get("redelivered")
    name = headers.get("task")
    return _Label(
        message=message,
        headers=headers,
        properties=properties,
        tag=str(properties.get("delivery_tag") or ""),
        routing_key=str(routing_key or ""),
        name=name if isinstance(name, str) else None,
        redelivered=bool(redelivered),
    )


@dataclass(frozen=True, slots=True)
class _Label:
    """What a message says about itself outside of its body."""

    message: dict[str, Any]
    headers: dict[str, Any]
    properties: dict[str, Any]
    tag: str
    routing_key: str
    name: str | None
    redelivered: bool

    def parse(self) -> Parsed:
        try:
            text = self._body_text()
            body = json.loads(text)
        except ShapeError as error:
            return self._opaque(str(error))
        except (ValueError, RecursionError):
            return self._opaque("one whose body is not JSON")
        if self.name is None:
            return self._parse_protocol_1(body)
        if not isinstance(body, list) or len(body) != 3:  # noqa: PLR2004 - args, kwargs, embed
            return self._opaque("one whose body is not [args, kwargs, embed]")
        args, kwargs, embed = body
        if self.name.startswith("celery.") and any(name.encode() in text for name in NAMES):
            return self._unreadable(f"{self.name} around a task of Timesketch's")
        return self._task(self.name, self.headers.get("id"), args, kwargs, embed)

    def parse_ends(self, seen: Envelope) -> Parsed | NeedsMore:
        if self.name is None or self.headers.get("compression") or not self._is_json():
            return NeedsMore(self.tag)
        body = message_ends.body(seen.body_head, seen.body_tail)
        if body is None or self.name.startswith("celery."):
            return NeedsMore(self.tag)
        name = short_name(self.name)
        args: list[Any] = [*body.first, None, *body.last]
        if name in NAMES and (
            # Other long arguments may lie unseen between the ends: only if all of them are
            # accounted for, is the position of those behind the gap certain.
            len(args) != IMPORT_ARGUMENTS.get(name) or len(body.first) in TELLING
        ):
            return NeedsMore(self.tag)
        parsed = self._task(self.name, self.headers.get("id"), args, body.kwargs, body.embed)
        certain = isinstance(parsed, Foreign) or (
            isinstance(parsed, Task)
            and (name not in IMPORT_ARGUMENTS or parsed.subject.timeline_id is not None)
        )
        return parsed if certain else NeedsMore(self.tag)

    def _parse_protocol_1(self, body: object) -> Parsed:
        """Parse Celery's message protocol 1, whose body holds what protocol 2 has in headers."""
        if not isinstance(body, dict) or not isinstance(body.get("task"), str):
            # The worker looks for the name in these two places only.
            return self._unreadable("not a Celery task", hides=False)
        args, kwargs = body.get("args") or [], body.get("kwargs") or {}
        return self._task(body["task"], body.get("id"), args, kwargs, body)

    def _task(
        self, name: str, task_id: object, args: object, kwargs: object, embed: object
    ) -> Parsed:
        if not (isinstance(args, list) and isinstance(kwargs, dict)):
            return self._opaque("one whose arguments are no list and object")
        try:
            about = subject(name, args, kwargs)
            behind = followers(embed) if isinstance(embed, dict) else ()
        except (ShapeError, RecursionError) as error:
            return self._unreadable(str(error))
        if about is None and not behind:
            return Foreign(self.tag, self.routing_key, name)
        return Task(
            delivery_tag=self.tag,
            routing_key=self.routing_key,
            task_id=str(task_id or ""),
            task_name=name,
            subject=about or Subject(),
            followers=behind,
            redelivered=self.redelivered,
            message=from_queue(
                name,
                str(task_id or ""),
                queue=self.routing_key,
                args=args,
                kwargs=kwargs,
                embed=embed,
            ),
        )

    def _body_text(self) -> bytes:
        body = self.message.get("body")
        if not isinstance(body, str):
            raise ShapeError("one without a body")
        if not self._is_json():
            # Above all, pickle is never loaded: loading it would execute it.
            raise ShapeError(f"one in {self.message.get('content-type')}")
        raw = body.encode(errors="surrogatepass")
        encoding = self.properties.get("body_encoding")
        if encoding == "base64":
            try:
                raw = binascii.a2b_base64(raw)
            except binascii.Error as error:
                raise ShapeError("one whose body is not base64") from error
        elif encoding:
            raise ShapeError("one whose body is in an unknown encoding")
        return self._inflated(raw)

    def _inflated(self, raw: bytes) -> bytes:
        compression = self.headers.get("compression")
        if not compression:
            return raw
        if compression != "application/x-gzip":  # kombu's name for what is plain zlib
            raise ShapeError(f"one compressed as {compression}")
        inflater = zlib.decompressobj()
        try:
            text = inflater.decompress(raw, _INFLATED)
        except zlib.error as error:
            raise ShapeError("one whose body is not compressed as it says") from error
        if inflater.unconsumed_tail:
            raise ShapeError("one that is too large to be inflated")
        return text

    def _is_json(self) -> bool:
        return self.message.get("content-type") in (None, "application/json")

    def _opaque(self, why: str) -> Parsed:
        """Return what to make of a body that cannot be read: the name may still tell enough."""
        if self.name is None:
            return self._unreadable(why)
        if short_name(self.name) in NAMES or self.name.startswith("celery."):
            return self._unreadable(f"{self.name}, {why}")
        return Foreign(self.tag, self.routing_key, self.name)

    def _unreadable(self, why: str, *, hides: bool = True) -> Unreadable:
        return Unreadable(self.tag, self.routing_key, why, hides)
