"""Who looks at a page, and what the page may show and offer for that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from exporter.web.access import asker_of

if TYPE_CHECKING:
    from starlette.types import Scope

    from exporter.web.csrf import CsrfTokens


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


def viewer_of(scope: Scope, csrf: CsrfTokens | None = None) -> Viewer:
    """Whoever asks; operators get a token for the forms of the page, where there are any."""
    asker = asker_of(scope)
    name = None if asker.identity is None else asker.identity.name
    if name is None or not asker.may_act or csrf is None:
        return Viewer(name, read_only_because=asker.read_only_because)
    return Viewer(name, "operator", csrf=csrf.issue(name))
