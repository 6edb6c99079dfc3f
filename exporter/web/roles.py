"""Who asks, and what they may do. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Collection

NOBODY_KNOWN = (
    "nobody signs in here, so nobody can act, and names are left out. Give users or client "
    "certificates (--web.config.file), tokens (--web.tokens-file) or a proxy that signs people in "
    "(--web.trusted-header), and name who may act (--web.operators)."
)
NOT_SIGNED_IN = "you have not shown who you are, so names are left out."


class Role(StrEnum):
    """A viewer may look at everything; an operator may also repair, undo, pause and resume."""

    VIEWER = "viewer"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, proven: by a user's password, a verified certificate, a token, or a trusted proxy.

    Browsers send everything but a token along by themselves, whoever made them ask.
    """

    name: str
    how: Literal["basic", "certificate", "token", "header"]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks in one request. `role` is None for whom nothing is shown.

    `may_notify` says whether the identity will do for the webhook. `read_only_because` says
    why there is nothing to be done here and what to set; None for an operator.
    """

    identity: Identity | None = None
    role: Role | None = Role.VIEWER
    may_notify: bool = False
    read_only_because: str | None = NOBODY_KNOWN

    @property
    def may_act(self) -> bool:
        """Whether they are an operator."""
        return self.role is Role.OPERATOR


def asker(
    identity: Identity | None,
    operators: Collection[str],
    *,
    sign_in: bool,
    knows_somebody: bool,
) -> Asker:
    """Whoever has this identity.

    `sign_in` says that whoever shows none sees nothing; `knows_somebody` that an identity can be
    shown at all.
    """
    if identity is None:
        unknown = NOT_SIGNED_IN if knows_somebody else NOBODY_KNOWN
        return Asker(None, None if sign_in else Role.VIEWER, read_only_because=unknown)
    may_act = identity.name in operators
    # Without operators it is as before there were any: who has a password or certificate may
    # send alerts. With them, nobody gets through the webhook what the console refuses.
    may_notify = may_act if operators else identity.how in {"basic", "certificate"}
    because = None if may_act else _not_named(identity.name, operators)
    role = Role.OPERATOR if may_act else Role.VIEWER
    return Asker(identity, role, may_notify=may_notify, read_only_because=because)


def _not_named(name: str, operators: Collection[str]) -> str:
    if not operators:
        return f"nobody is named in --web.operators; you are {name}."
    return f"{name} is not named in --web.operators."
