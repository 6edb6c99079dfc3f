"""Identifiers in addresses: what can be one of ours, and nothing that a database would choke on."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

Id = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
"""Of a repair, a plan or a request."""

TimesketchId = Annotated[int, Path(ge=1, le=2**53)]
