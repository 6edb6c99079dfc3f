"""Who looks at a page, and what the page may show and offer for that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from exporter.web.access import identity_of

if TYPE_CHECKING:
    from starlette.types import Scope

NOBODY_SIGNS_IN = (
    "nobody signs in here, so nobody can act, and names are left out. "
    "Users and certificates come from --web.config.file (docs/web-configuration.md)."
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks. `name` is None where nobody has to say who they are.

    `read_only_because` says why there is nothing to be done here and what to set; `csrf` is what
    forms have to send along.
    """

    name: str | None = None
    role: Literal["viewer", "operator"] = "viewer"
    read_only_because: str | None = None
    csrf: str = ""

    @property
    def may_act(self) -> bool:
        """Whether pages offer repairs, undos and pauses."""
        return self.role == "operator"

    @property
    def sees_names(self) -> bool:
        """Whether pages show what people wrote: a case's name is no business of everybody's."""
        return self.name is not None


def viewer_of(scope: Scope) -> Viewer:
    """Whoever is known may look."""
    identity = identity_of(scope)
    if identity is None:
        return Viewer(read_only_because=NOBODY_SIGNS_IN)
    return Viewer(identity.name)
