"""The text of a scrape, in the format that the scraper asks for.

prometheus_client negotiates the format; its own encoders check every character of every name for
each series (41 ms for 2,200 series as text, 103 ms as OpenMetrics, measured with 0.26), which
is more than a scrape may cost here. Our names come from a catalogue and are plain, so this writes
the very same bytes without looking at them again; a test compares both for all kinds of content.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from prometheus_client import utils
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_number_text: Callable[[float], str] = utils.floatToGoString

_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_HELP_ESCAPES_OF_TEXT = str.maketrans({"\\": r"\\", "\n": r"\n"})


def negotiate(accept: str) -> str:
    """The content type to answer with. Prometheus 3 refuses a scrape without a known one."""
    _, content_type = choose_encoder(accept)
    return str(content_type)


def encode(families: Iterable[Metric], content_type: str) -> bytes:
    """The families in that format; gauges and counters only, which is all that there is here."""
    openmetrics = content_type.startswith("application/openmetrics-text")
    texts = [_text(family, openmetrics=openmetrics) for family in families]
    if openmetrics:
        texts.append("# EOF\n")
    return "".join(texts).encode()


def write_out(families: Iterable[Metric]) -> None:
    """Write those that last in both formats now, so that no scrape has to, and keep only that."""
    for family in families:
        if isinstance(family, Lasting):
            for openmetrics in (False, True):
                _text(family, openmetrics=openmetrics)
            family.samples = []


class Lasting(Metric):
    """A family that is rendered once a scan and scraped many times: each format is written once."""

    def __init__(self, name: str, documentation: str, typ: str, unit: str = "") -> None:
        super().__init__(name, documentation, typ, unit)
        self.texts: dict[bool, str] = {}


def _text(family: Metric, *, openmetrics: bool) -> str:
    if not isinstance(family, Lasting):
        return "".join(_lines(family, openmetrics=openmetrics))
    if openmetrics not in family.texts:
        family.texts[openmetrics] = "".join(_lines(family, openmetrics=openmetrics))
    return family.texts[openmetrics]


def _lines(family: Metric, *, openmetrics: bool) -> Iterable[str]:
    yield from _head(family, openmetrics=openmetrics)
    for name, labels, value, *_ in family.samples:
        if labels:
            pairs = ",".join(
                f'{label}="{text.translate(_ESCAPES)}"' for label, text in sorted(labels.items())
            )
            yield f"{name}{{{pairs}}} {_number_text(value)}\n"
        else:
            yield f"{name} {_number_text(value)}\n"


def compress(body: bytes) -> bytes:
    """The body for scrapers that accept gzip; the fastest level, since this is per scrape."""
    return gzip.compress(body, compresslevel=1, mtime=0)


def _head(family: Metric, *, openmetrics: bool) -> Iterable[str]:
    if family.type not in {"gauge", "counter"}:
        message = f"{family.name}: no encoding for the type {family.type}"
        raise ValueError(message)
    if openmetrics:
        yield f"# HELP {family.name} {family.documentation.translate(_ESCAPES)}\n"
        yield f"# TYPE {family.name} {family.type}\n"
        if family.unit:
            yield f"# UNIT {family.name} {family.unit}\n"
    else:
        name = f"{family.name}_total" if family.type == "counter" else family.name
        documentation = family.documentation.translate(_HELP_ESCAPES_OF_TEXT)
        yield f"# HELP {name} {documentation}\n"
        yield f"# TYPE {name} {family.type}\n"
